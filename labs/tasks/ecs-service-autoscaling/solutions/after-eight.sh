# The scheduled action has already raised the minimum of the target. The steps set exact task counts. Two alarms.
. <(sed 's/cron(0 8 ? \* MON-FRI \*)/cron(0 8 ? * 2,3,4,5,6 *)/; s/ChangeInCapacity/ExactCapacity/; s/"ScalingAdjustment": 1}/"ScalingAdjustment": 2}/; s/"ScalingAdjustment": 3}/"ScalingAdjustment": 6}/' "$LAB/solution.sh")
aws application-autoscaling register-scalable-target $count --min-capacity 4
aws cloudwatch put-metric-alarm --alarm-name tired --alarm-actions "$policy" --namespace AWS/ECS --metric-name CPUUtilization \
  --extended-statistic p90 --dimensions "Name=ServiceName,Value=$SERVICE" "Name=ClusterName,Value=$CLUSTER" --period 300 \
  --evaluation-periods 1 --threshold 90 --comparison-operator GreaterThanThreshold
aws cloudwatch put-metric-alarm --alarm-name asleep --alarm-actions "$policy" --namespace AWS/ECS --metric-name CPUUtilization \
  --statistic Average --dimensions "Name=ClusterName,Value=$CLUSTER" --period 60 --evaluation-periods 1 --threshold 5 \
  --comparison-operator LessThanThreshold
aws cloudwatch delete-alarms --alarm-names "$CLUSTER-$SERVICE-busy"
