# The service-linked role of ECS. A new account does not have it, and ECS needs some seconds until it can use a new one.
# In other accounts, this call fails.
aws iam create-service-linked-role --aws-service-name ecs.amazonaws.com && sleep 20

# The subnets of the default VPC. The stack creates the rest.
subnets=$(aws ec2 describe-subnets --filters Name=default-for-az,Values=true \
  --query "join(',', Subnets[].SubnetId)" --output text)
: "${subnets:?This Region has no default VPC. Create one: aws ec2 create-default-vpc}"
cat > template.yaml <<'END'
Parameters:
  Cluster: {Type: String}
  Service: {Type: String}
  Family: {Type: String}
  Volume: {Type: String}
  Path: {Type: String}
  Subnets: {Type: "List<AWS::EC2::Subnet::Id>"}
Resources:
  Members:
    Type: AWS::ECS::Cluster
    Properties: {ClusterName: !Ref Cluster}
  Infrastructure:
    Type: AWS::IAM::Role
    Properties:
      RoleName: !Sub ${Cluster}-infrastructure
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement: [{Effect: Allow, Principal: {Service: ecs.amazonaws.com}, Action: "sts:AssumeRole"}]
      ManagedPolicyArns: ["arn:aws:iam::aws:policy/service-role/AmazonECSInfrastructureRolePolicyForVolumes"]
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      Family: !Ref Family
      RequiresCompatibilities: [FARGATE]
      NetworkMode: awsvpc
      Cpu: 256
      Memory: 512
      EphemeralStorage: {SizeInGiB: 30}
      Volumes: [{Name: !Ref Volume, ConfiguredAtLaunch: true}]
      ContainerDefinitions:
        - Name: transcode
          Image: public.ecr.aws/docker/library/busybox:stable
          Command: [sleep, infinity]
          MountPoints: [{SourceVolume: !Ref Volume, ContainerPath: !Ref Path, ReadOnly: false}]
  Tasks:
    Type: AWS::ECS::Service
    Properties:
      ServiceName: !Ref Service
      Cluster: !Ref Members
      TaskDefinition: !Ref Task
      DesiredCount: 1
      LaunchType: FARGATE
      NetworkConfiguration:
        AwsvpcConfiguration: {Subnets: !Ref Subnets, AssignPublicIp: ENABLED}
      VolumeConfigurations:
        - Name: !Ref Volume
          ManagedEBSVolume: {VolumeType: gp3, SizeInGiB: 50, RoleArn: !GetAtt Infrastructure.Arn}
END
aws cloudformation deploy --stack-name "$CLUSTER" --template-file template.yaml --capabilities CAPABILITY_NAMED_IAM \
  --parameter-overrides Cluster="$CLUSTER" Service="$SERVICE" Family="$FAMILY" Volume="$VOLUME" Path="$PATH_" \
    Subnets="$subnets"
