. "$LAB/solution.sh"
aws cloudwatch put-metric-alarm --alarm-name "$CLUSTER-$SERVICE-busy" --alarm-actions "$policy" \
  --namespace AWS/ECS --metric-name CPUUtilization --statistic Average \
  --dimensions "Name=ClusterName,Value=$CLUSTER" "Name=ServiceName,Value=$SERVICE" \
  --period 60 --evaluation-periods 2 --threshold 4000 --comparison-operator GreaterThanThreshold
