# The service-linked role of ECS. A new account does not have it, and ECS needs some seconds until it can use a new one.
# In other accounts, this call fails.
aws iam create-service-linked-role --aws-service-name ecs.amazonaws.com && sleep 20

subnets=$(aws ec2 describe-subnets --filters Name=default-for-az,Values=true \
  --query 'join(`,`, sort_by(Subnets, &AvailabilityZone)[:].SubnetId)' --output text)
: "${subnets:?there is no default VPC in this region: aws ec2 create-default-vpc makes one}"
cat > template.yaml <<'END'
Parameters:
  Cluster: {Type: String}
  Service: {Type: String}
  Subnets: {Type: "List<AWS::EC2::Subnet::Id>"}
Resources:
  Members:
    Type: AWS::ECS::Cluster
    Properties:
      ClusterName: !Ref Cluster
      CapacityProviders: [FARGATE, FARGATE_SPOT]
      DefaultCapacityProviderStrategy:
        - {CapacityProvider: FARGATE, Base: 1, Weight: 1}
        - {CapacityProvider: FARGATE_SPOT, Weight: 3}
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
  Web:
    Type: AWS::ECS::Service
    Properties:
      ServiceName: !Ref Service
      Cluster: !Ref Members
      TaskDefinition: !Ref Task
      DesiredCount: 4
      NetworkConfiguration:
        AwsvpcConfiguration: {Subnets: !Ref Subnets, AssignPublicIp: ENABLED}
END
aws cloudformation deploy --stack-name "$CLUSTER" --template-file template.yaml \
  --parameter-overrides Cluster="$CLUSTER" Service="$SERVICE" Subnets="$subnets"
