# The service-linked role of ECS. A new account does not have it, and ECS needs some seconds until it can use a new one.
# In other accounts, this call fails.
aws iam create-service-linked-role --aws-service-name ecs.amazonaws.com && sleep 20

# The default VPC and its subnets; the rest is a stack.
vpc=$(aws ec2 describe-vpcs --filters Name=is-default,Values=true --query 'Vpcs[].VpcId' --output text)
: "${vpc:?there is no default VPC in this region: aws ec2 create-default-vpc makes one}"
subnets=$(aws ec2 describe-subnets --filters Name=default-for-az,Values=true \
  --query 'join(`,`, sort_by(Subnets, &AvailabilityZone)[:].SubnetId)' --output text)
: "${subnets:?there is no default VPC in this region: aws ec2 create-default-vpc makes one}"
cat > template.yaml <<'END'
Parameters:
  Cluster: {Type: String}
  Service: {Type: String}
  Vpc: {Type: "AWS::EC2::VPC::Id"}
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
  BalancerGroup:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupName: !Sub ${Cluster}-alb
      GroupDescription: Load balancer
      VpcId: !Ref Vpc
      SecurityGroupIngress: [{IpProtocol: tcp, FromPort: 80, ToPort: 80, CidrIp: 0.0.0.0/0}]
  HostGroup:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupName: !Sub ${Cluster}-instance
      GroupDescription: Container instance
      VpcId: !Ref Vpc
      SecurityGroupIngress:
        - {IpProtocol: tcp, FromPort: 32768, ToPort: 65535, SourceSecurityGroupId: !GetAtt BalancerGroup.GroupId}
  Host:
    Type: AWS::EC2::Instance
    Properties:
      ImageId: !Ref Image
      InstanceType: t3.small
      IamInstanceProfile: !Ref Profile
      SecurityGroupIds: [!GetAtt HostGroup.GroupId]
      SubnetId: !Select [0, !Ref Subnets]
      UserData:
        Fn::Base64: !Sub |
          #!/bin/bash
          echo ECS_CLUSTER=${Members} >> /etc/ecs/ecs.config
      Tags: [{Key: Name, Value: !Ref Cluster}]
  Balancer:
    Type: AWS::ElasticLoadBalancingV2::LoadBalancer
    Properties:
      Name: !Ref Cluster
      Type: application
      Scheme: internet-facing
      Subnets: !Ref Subnets
      SecurityGroups: [!GetAtt BalancerGroup.GroupId]
  Targets:
    Type: AWS::ElasticLoadBalancingV2::TargetGroup
    Properties: {Name: !Ref Cluster, Protocol: HTTP, Port: 80, VpcId: !Ref Vpc, TargetType: instance}
  Listener:
    Type: AWS::ElasticLoadBalancingV2::Listener
    Properties:
      LoadBalancerArn: !Ref Balancer
      Protocol: HTTP
      Port: 80
      DefaultActions: [{Type: forward, TargetGroupArn: !Ref Targets}]
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      Family: !Ref Cluster
      NetworkMode: bridge
      RequiresCompatibilities: [EC2]
      ContainerDefinitions:
        - Name: web
          Image: public.ecr.aws/docker/library/nginx:stable
          Cpu: 128
          Memory: 128
          PortMappings: [{ContainerPort: 80, HostPort: 0}]
  Web:
    Type: AWS::ECS::Service
    DependsOn: [Host, Listener]
    Properties:
      ServiceName: !Ref Service
      Cluster: !Ref Members
      TaskDefinition: !Ref Task
      DesiredCount: 2
      LoadBalancers: [{TargetGroupArn: !Ref Targets, ContainerName: web, ContainerPort: 80}]
END
aws cloudformation deploy --stack-name "$CLUSTER" --template-file template.yaml --capabilities CAPABILITY_NAMED_IAM \
  --parameter-overrides Cluster="$CLUSTER" Service="$SERVICE" Vpc="$vpc" Subnets="$subnets"
