# The service-linked role of ECS. A new account does not have it, and ECS needs some seconds until it can use a new one.
# In other accounts, this call fails.
aws iam create-service-linked-role --aws-service-name ecs.amazonaws.com && sleep 20

# Two t3 of different sizes, and a t3a, which is another instance family.
cat > template.yaml <<'END'
Parameters:
  Cluster: {Type: String}
  Distinct: {Type: String}
  Member: {Type: String}
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
  Small:
    Type: AWS::EC2::Instance
    Properties:
      ImageId: !Ref Image
      InstanceType: t3.small
      IamInstanceProfile: !Ref Profile
      UserData:
        Fn::Base64: !Sub |
          #!/bin/bash
          echo ECS_CLUSTER=${Members} >> /etc/ecs/ecs.config
      Tags: [{Key: Name, Value: !Ref Cluster}]
  Micro:
    Type: AWS::EC2::Instance
    Properties:
      ImageId: !Ref Image
      InstanceType: t3.micro
      IamInstanceProfile: !Ref Profile
      UserData:
        Fn::Base64: !Sub |
          #!/bin/bash
          echo ECS_CLUSTER=${Members} >> /etc/ecs/ecs.config
      Tags: [{Key: Name, Value: !Ref Cluster}]
  Other:
    Type: AWS::EC2::Instance
    Properties:
      ImageId: !Ref Image
      InstanceType: t3a.small
      IamInstanceProfile: !Ref Profile
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
  Apart:
    Type: AWS::ECS::Service
    DependsOn: [Small, Micro, Other]
    Properties:
      ServiceName: !Ref Distinct
      Cluster: !Ref Members
      TaskDefinition: !Ref Task
      DesiredCount: 3
      PlacementConstraints: [{Type: distinctInstance}]
  Chosen:
    Type: AWS::ECS::Service
    DependsOn: [Small, Micro]
    Properties:
      ServiceName: !Ref Member
      Cluster: !Ref Members
      TaskDefinition: !Ref Task
      DesiredCount: 2
      PlacementConstraints:
        - {Type: memberOf, Expression: "attribute:ecs.instance-type in [t3.small, t3.micro]"}
END
aws cloudformation deploy --stack-name "$CLUSTER" --template-file template.yaml --capabilities CAPABILITY_NAMED_IAM \
  --parameter-overrides Cluster="$CLUSTER" Distinct="$DISTINCT" Member="$MEMBER"
