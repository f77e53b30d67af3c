# The service-linked role of ECS. A new account does not have it, and ECS needs some seconds until it can use a new one.
# In other accounts, this call fails.
aws iam create-service-linked-role --aws-service-name ecs.amazonaws.com && sleep 20

# Two zones of the default VPC. The stack creates the rest.
vpc=$(aws ec2 describe-vpcs --filters Name=is-default,Values=true --query 'Vpcs[].VpcId' --output text)
: "${vpc:?there is no default VPC in this region: aws ec2 create-default-vpc makes one}"
subnets=$(aws ec2 describe-subnets --filters Name=default-for-az,Values=true \
  --query 'join(`,`, sort_by(Subnets, &AvailabilityZone)[:2].SubnetId)' --output text)
: "${subnets:?there is no default VPC in this region: aws ec2 create-default-vpc makes one}"
cat > template.yaml <<'END'
Parameters:
  Cluster: {Type: String}
  WriterFamily: {Type: String}
  ReaderFamily: {Type: String}
  Writer: {Type: String}
  Reader: {Type: String}
  Vpc: {Type: "AWS::EC2::VPC::Id"}
  Subnets: {Type: "List<AWS::EC2::Subnet::Id>"}
Resources:
  Members:
    Type: AWS::ECS::Cluster
    Properties: {ClusterName: !Ref Cluster}
  Tasks:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupName: !Sub ${Cluster}-tasks
      GroupDescription: Tasks that mount the file system
      VpcId: !Ref Vpc
  MountTargets:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupName: !Sub ${Cluster}-files
      GroupDescription: Mount targets of the file system
      VpcId: !Ref Vpc
      SecurityGroupIngress:
        - {IpProtocol: tcp, FromPort: 2049, ToPort: 2049, SourceSecurityGroupId: !GetAtt Tasks.GroupId}
  Files:
    Type: AWS::EFS::FileSystem
    Properties: {Encrypted: true, FileSystemTags: [{Key: Name, Value: !Ref Cluster}]}
  First:
    Type: AWS::EFS::MountTarget
    Properties:
      FileSystemId: !Ref Files
      SubnetId: !Select [0, !Ref Subnets]
      SecurityGroups: [!GetAtt MountTargets.GroupId]
  Second:
    Type: AWS::EFS::MountTarget
    Properties:
      FileSystemId: !Ref Files
      SubnetId: !Select [1, !Ref Subnets]
      SecurityGroups: [!GetAtt MountTargets.GroupId]
  WriterTask:
    Type: AWS::ECS::TaskDefinition
    Properties:
      Family: !Ref WriterFamily
      RequiresCompatibilities: [FARGATE]
      NetworkMode: awsvpc
      Cpu: 256
      Memory: 512
      Volumes: [{Name: shared, EFSVolumeConfiguration: {FilesystemId: !Ref Files, TransitEncryption: ENABLED}}]
      ContainerDefinitions:
        - Name: writer
          Image: public.ecr.aws/docker/library/busybox:stable
          Command: [sh, -c, "while true; do date >> /shared/$(hostname); sleep 10; done"]
          MountPoints: [{SourceVolume: shared, ContainerPath: /shared, ReadOnly: false}]
  ReaderTask:
    Type: AWS::ECS::TaskDefinition
    Properties:
      Family: !Ref ReaderFamily
      RequiresCompatibilities: [FARGATE]
      NetworkMode: awsvpc
      Cpu: 256
      Memory: 512
      Volumes: [{Name: shared, EFSVolumeConfiguration: {FilesystemId: !Ref Files, TransitEncryption: ENABLED}}]
      ContainerDefinitions:
        - Name: reader
          Image: public.ecr.aws/docker/library/busybox:stable
          Command: [httpd, -f, -h, /shared]
          MountPoints: [{SourceVolume: shared, ContainerPath: /shared, ReadOnly: true}]
  Writing:
    Type: AWS::ECS::Service
    DependsOn: [First, Second]
    Properties:
      ServiceName: !Ref Writer
      Cluster: !Ref Members
      TaskDefinition: !Ref WriterTask
      LaunchType: FARGATE
      DesiredCount: 2
      NetworkConfiguration:
        AwsvpcConfiguration: {Subnets: !Ref Subnets, SecurityGroups: [!GetAtt Tasks.GroupId], AssignPublicIp: ENABLED}
  Reading:
    Type: AWS::ECS::Service
    DependsOn: [First, Second]
    Properties:
      ServiceName: !Ref Reader
      Cluster: !Ref Members
      TaskDefinition: !Ref ReaderTask
      LaunchType: FARGATE
      DesiredCount: 2
      NetworkConfiguration:
        AwsvpcConfiguration: {Subnets: !Ref Subnets, SecurityGroups: [!GetAtt Tasks.GroupId], AssignPublicIp: ENABLED}
END
aws cloudformation deploy --stack-name "$CLUSTER" --template-file template.yaml \
  --parameter-overrides Cluster="$CLUSTER" WriterFamily="$FAMILY_WRITER" ReaderFamily="$FAMILY_READER" \
    Writer="$WRITER" Reader="$READER" Vpc="$vpc" Subnets="$subnets"
