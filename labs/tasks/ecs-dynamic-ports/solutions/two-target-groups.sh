# The service is behind two load balancers: an internal one first, then the internet-facing one.
. "$LAB/solution.sh"
inside=$(aws elbv2 create-load-balancer --name inside --scheme internal --subnets $subnets \
  --security-groups "$alb_group" --query 'LoadBalancers[0].LoadBalancerArn' --output text)
colleagues=$(aws elbv2 create-target-group --name colleagues --protocol HTTP --port 80 --vpc-id "$vpc" \
  --query 'TargetGroups[0].TargetGroupArn' --output text)
aws elbv2 create-listener --load-balancer-arn "$inside" --protocol HTTP --port 80 \
  --default-actions "Type=forward,TargetGroupArn=$colleagues"
aws ecs update-service --cluster "$CLUSTER" --service "$SERVICE" --load-balancers \
  "targetGroupArn=$colleagues,containerName=web,containerPort=80" "targetGroupArn=$group,containerName=web,containerPort=80"
