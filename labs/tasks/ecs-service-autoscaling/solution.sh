. "$LAB/../retry.sh"

# The service-linked role of ECS. A new account does not have it; in others, this call fails.
aws iam create-service-linked-role --aws-service-name ecs.amazonaws.com || true

# The service: one small task on Fargate.
aws ecs create-cluster --cluster-name "$CLUSTER"
aws ecs register-task-definition --family "$CLUSTER" --requires-compatibilities FARGATE --network-mode awsvpc \
  --cpu 256 --memory 512 --container-definitions '[{"name": "web", "image": "public.ecr.aws/docker/library/nginx:stable"}]'
subnets=$(aws ec2 describe-subnets --filters Name=default-for-az,Values=true \
  --query "join(',', Subnets[].SubnetId)" --output text)
: "${subnets:?This Region has no default VPC. Create one: aws ec2 create-default-vpc}"
retry_while 'service linked role' \
  aws ecs create-service --cluster "$CLUSTER" --service-name "$SERVICE" --task-definition "$CLUSTER" --desired-count 1 \
  --launch-type FARGATE --network-configuration "awsvpcConfiguration={subnets=[$subnets],assignPublicIp=ENABLED}"

# The desired count can change from 1 to 6.
count="--service-namespace ecs --scalable-dimension ecs:service:DesiredCount --resource-id service/$CLUSTER/$SERVICE"
aws application-autoscaling register-scalable-target $count --min-capacity 1 --max-capacity 6

# Keep the average CPU at 50.
aws application-autoscaling put-scaling-policy $count --policy-name keep-cpu --policy-type TargetTrackingScaling \
  --target-tracking-scaling-policy-configuration '{
    "TargetValue": 50, "PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"}
  }'

# Add one task from 75 to 90 percent, and three above. The alarm threshold is 75.
policy=$(aws application-autoscaling put-scaling-policy $count --policy-name jump --policy-type StepScaling \
  --step-scaling-policy-configuration '{
    "AdjustmentType": "ChangeInCapacity", "Cooldown": 60, "MetricAggregationType": "Average", "StepAdjustments": [
      {"MetricIntervalLowerBound": 0, "MetricIntervalUpperBound": 15, "ScalingAdjustment": 1},
      {"MetricIntervalLowerBound": 15, "ScalingAdjustment": 3}
    ]
  }' --query PolicyARN --output text)
aws cloudwatch put-metric-alarm --alarm-name "$CLUSTER-$SERVICE-busy" --alarm-actions "$policy" \
  --namespace AWS/ECS --metric-name CPUUtilization --statistic Average \
  --dimensions "Name=ClusterName,Value=$CLUSTER" "Name=ServiceName,Value=$SERVICE" \
  --period 60 --evaluation-periods 2 --threshold 75 --comparison-operator GreaterThanThreshold

# A minimum of 4 tasks from 08:00 on working days, and of 1 again from 20:00.
aws application-autoscaling put-scheduled-action $count --scheduled-action-name morning \
  --schedule 'cron(0 8 ? * MON-FRI *)' --timezone Europe/Dublin --scalable-target-action MinCapacity=4
aws application-autoscaling put-scheduled-action $count --scheduled-action-name evening \
  --schedule 'cron(0 20 ? * MON-FRI *)' --timezone Europe/Dublin --scalable-target-action MinCapacity=1
