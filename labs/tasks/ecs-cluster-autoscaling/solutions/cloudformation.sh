# The service-linked role of ECS. A new account does not have it, and ECS needs some seconds until it can use a new one.
# In other accounts, this call fails.
aws iam create-service-linked-role --aws-service-name ecs.amazonaws.com && sleep 20

subnets=$(aws ec2 describe-subnets --filters Name=default-for-az,Values=true \
  --query 'join(`,`, sort_by(Subnets, &AvailabilityZone)[:].SubnetId)' --output text)
: "${subnets:?there is no default VPC in this region: aws ec2 create-default-vpc makes one}"
cat > template.yaml <<'END'
Parameters:
  Cluster: {Type: String}
  Provider: {Type: String}
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
  Template:
    Type: AWS::EC2::LaunchTemplate
    Properties:
      LaunchTemplateName: !Ref Cluster
      LaunchTemplateData:
        ImageId: !Ref Image
        InstanceType: t3.small
        IamInstanceProfile: {Name: !Ref Profile}
        UserData:
          Fn::Base64: !Sub |
            #!/bin/bash
            echo ECS_CLUSTER=${Members} >> /etc/ecs/ecs.config
  Group:
    Type: AWS::AutoScaling::AutoScalingGroup
    Properties:
      AutoScalingGroupName: !Ref Cluster
      MinSize: 0
      MaxSize: 3
      DesiredCapacity: 0
      VPCZoneIdentifier: !Ref Subnets
      NewInstancesProtectedFromScaleIn: true
      LaunchTemplate: {LaunchTemplateId: !Ref Template, Version: !GetAtt Template.LatestVersionNumber}
  CapacityProvider:
    Type: AWS::ECS::CapacityProvider
    Properties:
      Name: !Ref Provider
      AutoScalingGroupProvider:
        AutoScalingGroupArn: !Ref Group
        ManagedScaling: {Status: ENABLED, TargetCapacity: 80}
        ManagedTerminationProtection: ENABLED
  Association:
    Type: AWS::ECS::ClusterCapacityProviderAssociations
    Properties:
      Cluster: !Ref Members
      CapacityProviders: [!Ref CapacityProvider]
      DefaultCapacityProviderStrategy: [{CapacityProvider: !Ref CapacityProvider, Weight: 1}]
END
aws cloudformation deploy --stack-name "$CLUSTER" --template-file template.yaml --capabilities CAPABILITY_NAMED_IAM \
  --parameter-overrides Cluster="$CLUSTER" Provider="$PROVIDER" Subnets="$subnets"
