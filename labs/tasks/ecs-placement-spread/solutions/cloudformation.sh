# The service-linked role of ECS. A new account does not have it, and ECS needs some seconds until it can use a new one.
# In other accounts, this call fails.
aws iam create-service-linked-role --aws-service-name ecs.amazonaws.com && sleep 20

# A subnet in each of three zones.
subnets=$(aws ec2 describe-subnets --filters Name=default-for-az,Values=true \
  --query 'join(`,`, sort_by(Subnets, &AvailabilityZone)[:3].SubnetId)' --output text)
: "${subnets:?there is no default VPC in this region: aws ec2 create-default-vpc makes one}"
cat > template.yaml <<'END'
Parameters:
  Cluster: {Type: String}
  Spread: {Type: String}
  Random: {Type: String}
  Subnets: {Type: "List<AWS::EC2::Subnet::Id>"}
  Image:
    Type: AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>
    Default: /aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id
Resources:
  Members:
    Type: AWS::ECS::Cluster
    Properties: {ClusterName: !Ref Cluster}
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: !Sub ${Cluster}-instance
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement: [{Effect: Allow, Principal: {Service: ec2.amazonaws.com}, Action: "sts:AssumeRole"}]
      ManagedPolicyArns: ["arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role"]
  Profile:
    Type: AWS::IAM::InstanceProfile
    Properties: {InstanceProfileName: !Sub "${Cluster}-instance", Roles: [!Ref Role]}
  First:
    Type: AWS::EC2::Instance
    Properties:
      ImageId: !Ref Image
      InstanceType: t3.micro
      IamInstanceProfile: !Ref Profile
      SubnetId: !Select [0, !Ref Subnets]
      UserData:
        Fn::Base64: !Sub |
          #!/bin/bash
          echo ECS_CLUSTER=${Members} >> /etc/ecs/ecs.config
      Tags: [{Key: Name, Value: !Ref Cluster}]
  Second:
    Type: AWS::EC2::Instance
    Properties:
      ImageId: !Ref Image
      InstanceType: t3.micro
      IamInstanceProfile: !Ref Profile
      SubnetId: !Select [1, !Ref Subnets]
      UserData:
        Fn::Base64: !Sub |
          #!/bin/bash
          echo ECS_CLUSTER=${Members} >> /etc/ecs/ecs.config
      Tags: [{Key: Name, Value: !Ref Cluster}]
  Third:
    Type: AWS::EC2::Instance
    Properties:
      ImageId: !Ref Image
      InstanceType: t3.micro
      IamInstanceProfile: !Ref Profile
      SubnetId: !Select [2, !Ref Subnets]
      UserData:
        Fn::Base64: !Sub |
          #!/bin/bash
          echo ECS_CLUSTER=${Members} >> /etc/ecs/ecs.config
      Tags: [{Key: Name, Value: !Ref Cluster}]
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      Family: !Ref Cluster
      RequiresCompatibilities: [EC2]
      ContainerDefinitions: [{Name: app, Image: "public.ecr.aws/docker/library/nginx:stable", Cpu: 64, Memory: 64}]
  Spreading:
    Type: AWS::ECS::Service
    DependsOn: [First, Second, Third]
    Properties:
      ServiceName: !Ref Spread
      Cluster: !Ref Members
      TaskDefinition: !Ref Task
      DesiredCount: 6
      PlacementStrategies: [{Type: spread, Field: "attribute:ecs.availability-zone"}]
  Anywhere:
    Type: AWS::ECS::Service
    DependsOn: [First, Second, Third]
    Properties:
      ServiceName: !Ref Random
      Cluster: !Ref Members
      TaskDefinition: !Ref Task
      DesiredCount: 3
      PlacementStrategies: [{Type: random}]
END
aws cloudformation deploy --stack-name "$CLUSTER" --template-file template.yaml --capabilities CAPABILITY_NAMED_IAM \
  --parameter-overrides Cluster="$CLUSTER" Spread="$SERVICE" Random="$RANDOM_" Subnets="$subnets"
