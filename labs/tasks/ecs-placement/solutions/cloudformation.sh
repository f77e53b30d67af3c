# The service-linked role of ECS. A new account does not have it, and ECS needs some seconds until it can use a new one.
# In other accounts, this call fails.
aws iam create-service-linked-role --aws-service-name ecs.amazonaws.com && sleep 20

# The service depends on the instances: no other property in the template refers to them.
cat > template.yaml <<'END'
Parameters:
  Cluster: {Type: String}
  Service: {Type: String}
  Family: {Type: String}
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
      InstanceType: t3.small
      IamInstanceProfile: !Ref Profile
      UserData:
        Fn::Base64: !Sub |
          #!/bin/bash
          echo ECS_CLUSTER=${Members} >> /etc/ecs/ecs.config
      Tags: [{Key: Name, Value: !Ref Cluster}]
  Second:
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
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      Family: !Ref Family
      RequiresCompatibilities: [EC2]
      ContainerDefinitions: [{Name: app, Image: "public.ecr.aws/docker/library/nginx:stable", Cpu: 64, Memory: 256}]
  App:
    Type: AWS::ECS::Service
    DependsOn: [First, Second]
    Properties:
      ServiceName: !Ref Service
      Cluster: !Ref Members
      TaskDefinition: !Ref Task
      DesiredCount: 4
      PlacementStrategies: [{Type: binpack, Field: memory}]
END
aws cloudformation deploy --stack-name "$CLUSTER" --template-file template.yaml --capabilities CAPABILITY_NAMED_IAM \
  --parameter-overrides Cluster="$CLUSTER" Service="$SERVICE" Family="$FAMILY"
