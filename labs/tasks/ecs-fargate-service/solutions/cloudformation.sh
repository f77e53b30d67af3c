# The service-linked role of ECS. A new account does not have it, and ECS needs some seconds until it can use a new one.
# In other accounts, this call fails.
aws iam create-service-linked-role --aws-service-name ecs.amazonaws.com && sleep 20

# The default VPC and two of its subnets; the rest is a stack.
vpc=$(aws ec2 describe-vpcs --filters Name=is-default,Values=true --query 'Vpcs[].VpcId' --output text)
: "${vpc:?there is no default VPC in this region: aws ec2 create-default-vpc makes one}"
subnets=$(aws ec2 describe-subnets --filters Name=default-for-az,Values=true \
  --query 'join(`,`, sort_by(Subnets, &AvailabilityZone)[:2].SubnetId)' --output text)
: "${subnets:?there is no default VPC in this region: aws ec2 create-default-vpc makes one}"
cat > template.yaml <<'END'
Parameters:
  Cluster: {Type: String}
  Service: {Type: String}
  Vpc: {Type: "AWS::EC2::VPC::Id"}
  Subnets: {Type: "List<AWS::EC2::Subnet::Id>"}
Resources:
  Members:
    Type: AWS::ECS::Cluster
    Properties: {ClusterName: !Ref Cluster}
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      Family: !Ref Cluster
      RequiresCompatibilities: [FARGATE]
      NetworkMode: awsvpc
      Cpu: 256
      Memory: 512
      ContainerDefinitions:
        - Name: web
          Image: public.ecr.aws/docker/library/nginx:stable
          PortMappings: [{ContainerPort: 80}]
  Visitors:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupName: !Ref Cluster
      GroupDescription: !Sub Visitors of ${Service}
      VpcId: !Ref Vpc
      SecurityGroupIngress: [{IpProtocol: tcp, FromPort: 80, ToPort: 80, CidrIp: 0.0.0.0/0}]
  Web:
    Type: AWS::ECS::Service
    Properties:
      ServiceName: !Ref Service
      Cluster: !Ref Members
      TaskDefinition: !Ref Task
      LaunchType: FARGATE
      DesiredCount: 3
      NetworkConfiguration:
        AwsvpcConfiguration: {Subnets: !Ref Subnets, SecurityGroups: [!Ref Visitors], AssignPublicIp: ENABLED}
END
aws cloudformation deploy --stack-name "$CLUSTER" --template-file template.yaml \
  --parameter-overrides Cluster="$CLUSTER" Service="$SERVICE" Vpc="$vpc" Subnets="$subnets"
