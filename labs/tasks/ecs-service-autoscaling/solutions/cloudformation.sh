# The service-linked role of ECS. A new account does not have it, and ECS needs some seconds until it can use a new one.
# In other accounts, this call fails.
aws iam create-service-linked-role --aws-service-name ecs.amazonaws.com && sleep 20

subnets=$(aws ec2 describe-subnets --filters Name=default-for-az,Values=true \
  --query 'join(`,`, sort_by(Subnets, &AvailabilityZone)[:2].SubnetId)' --output text)
: "${subnets:?there is no default VPC in this region: aws ec2 create-default-vpc makes one}"
cat > template.yaml <<'END'
Parameters:
  Cluster: {Type: String}
  Service: {Type: String}
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
  Web:
    Type: AWS::ECS::Service
    Properties:
      ServiceName: !Ref Service
      Cluster: !Ref Members
      TaskDefinition: !Ref Task
      LaunchType: FARGATE
      DesiredCount: 1
      NetworkConfiguration:
        AwsvpcConfiguration: {Subnets: !Ref Subnets, AssignPublicIp: ENABLED}
  Target:
    Type: AWS::ApplicationAutoScaling::ScalableTarget
    Properties:
      ServiceNamespace: ecs
      ScalableDimension: ecs:service:DesiredCount
      ResourceId: !Sub service/${Members}/${Web.Name}
      MinCapacity: 1
      MaxCapacity: 6
      ScheduledActions:
        - ScheduledActionName: morning
          Schedule: cron(0 8 ? * MON-FRI *)
          Timezone: Europe/Dublin
          ScalableTargetAction: {MinCapacity: 4}
        - ScheduledActionName: evening
          Schedule: cron(0 20 ? * MON-FRI *)
          Timezone: Europe/Dublin
          ScalableTargetAction: {MinCapacity: 1}
  Hold:
    Type: AWS::ApplicationAutoScaling::ScalingPolicy
    Properties:
      PolicyName: hold
      PolicyType: TargetTrackingScaling
      ScalingTargetId: !Ref Target
      TargetTrackingScalingPolicyConfiguration:
        TargetValue: 50
        PredefinedMetricSpecification: {PredefinedMetricType: ECSServiceAverageCPUUtilization}
  Jump:
    Type: AWS::ApplicationAutoScaling::ScalingPolicy
    Properties:
      PolicyName: jump
      PolicyType: StepScaling
      ScalingTargetId: !Ref Target
      StepScalingPolicyConfiguration:
        AdjustmentType: ChangeInCapacity
        Cooldown: 60
        MetricAggregationType: Average
        StepAdjustments:
          - {MetricIntervalLowerBound: 0, MetricIntervalUpperBound: 15, ScalingAdjustment: 1}
          - {MetricIntervalLowerBound: 15, ScalingAdjustment: 3}
  Busy:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmName: !Sub ${Cluster}-${Service}-busy
      AlarmActions: [!Ref Jump]
      Namespace: AWS/ECS
      MetricName: CPUUtilization
      Statistic: Average
      Dimensions: [{Name: ClusterName, Value: !Ref Members}, {Name: ServiceName, Value: !GetAtt Web.Name}]
      Period: 60
      EvaluationPeriods: 2
      Threshold: 75
      ComparisonOperator: GreaterThanThreshold
END
aws cloudformation deploy --stack-name "$CLUSTER" --template-file template.yaml \
  --parameter-overrides Cluster="$CLUSTER" Service="$SERVICE" Subnets="$subnets"
