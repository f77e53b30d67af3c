# Percentages instead of tasks, a step that scales in, a query instead of a metric name, and days as numbers, in lower
# case and as a list. A second tracking policy, an alarm that also notifies a topic, on EC2 and without running tasks.
aws ecs create-cluster --cluster-name "$CLUSTER"
aws ecs register-task-definition --family any --container-definitions '[{"name": "c", "image": "nginx", "memory": 64}]'
aws ecs create-service --cluster "$CLUSTER" --service-name "$SERVICE" --task-definition any --desired-count 1
count="--service-namespace ecs --scalable-dimension ecs:service:DesiredCount --resource-id service/$CLUSTER/$SERVICE"
aws application-autoscaling register-scalable-target $count --min-capacity 1 --max-capacity 3
aws application-autoscaling register-scalable-target $count --max-capacity 6 \
  --suspended-state DynamicScalingInSuspended=false,DynamicScalingOutSuspended=false,ScheduledScalingSuspended=false
for metric in ECSServiceAverageMemoryUtilization ECSServiceAverageCPUUtilization; do
  aws application-autoscaling put-scaling-policy $count --policy-name "$metric" --policy-type TargetTrackingScaling \
    --target-tracking-scaling-policy-configuration "PredefinedMetricSpecification={PredefinedMetricType=$metric},TargetValue=50.0,DisableScaleIn=true,ScaleInCooldown=60"
done
step() {
  aws application-autoscaling put-scaling-policy $count --policy-name "$1" --policy-type StepScaling --query PolicyARN \
    --output text --step-scaling-policy-configuration "$2"
}
step jump-a-little '{"AdjustmentType": "ChangeInCapacity", "StepAdjustments": [{"MetricIntervalLowerBound": 0, "ScalingAdjustment": 1}]}'
policy=$(step jump '{"AdjustmentType": "PercentChangeInCapacity", "MinAdjustmentMagnitude": 1, "StepAdjustments": [
  {"MetricIntervalLowerBound": 20, "ScalingAdjustment": 100},
  {"MetricIntervalLowerBound": 0, "MetricIntervalUpperBound": 10, "ScalingAdjustment": 30},
  {"MetricIntervalLowerBound": 10, "MetricIntervalUpperBound": 20, "ScalingAdjustment": 30},
  {"MetricIntervalUpperBound": 0, "ScalingAdjustment": -10}]}')
account=$(aws sts get-caller-identity --query Account --output text)
aws cloudwatch put-metric-alarm --alarm-name "anything" --threshold 60 --evaluation-periods 1 \
  --comparison-operator GreaterThanOrEqualToThreshold --treat-missing-data notBreaching \
  --alarm-actions "arn:aws:sns:$AWS_DEFAULT_REGION:$account:people" "$policy" --metrics '[{
    "Id": "cpu", "ReturnData": true, "MetricStat": {"Period": 60, "Stat": "Maximum", "Metric": {"Namespace": "AWS/ECS",
      "MetricName": "CPUUtilization", "Dimensions": [{"Name": "ServiceName", "Value": "'"$SERVICE"'"}, {"Name": "ClusterName", "Value": "'"$CLUSTER"'"}]}}
  }]'
aws application-autoscaling put-scheduled-action $count --scheduled-action-name first \
  --schedule 'cron(00 8 ? 1-12 mon,TUE,4 *)' --scalable-target-action MinCapacity=4,MaxCapacity=6
aws application-autoscaling put-scheduled-action $count --scheduled-action-name second \
  --schedule 'cron(0 08 ? * 5-6 *)' --scalable-target-action MinCapacity=4 --end-time 2099-01-01T00:00:00Z
aws application-autoscaling put-scheduled-action $count --scheduled-action-name weekend \
  --schedule 'cron(0 10 ? * SAT,SUN *)' --scalable-target-action MinCapacity=2
