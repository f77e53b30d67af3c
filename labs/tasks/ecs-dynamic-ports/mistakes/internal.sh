. "$LAB/solution.sh"
aws ecs delete-service --cluster "$CLUSTER" --service "$SERVICE" --force
inside=$(aws elbv2 create-load-balancer --name inside --scheme internal --subnets $subnets \
  --security-groups "$alb_group" --query 'LoadBalancers[0].LoadBalancerArn' --output text)
colleagues=$(aws elbv2 create-target-group --name colleagues --protocol HTTP --port 80 --vpc-id "$vpc" \
  --query 'TargetGroups[0].TargetGroupArn' --output text)
aws elbv2 create-listener --load-balancer-arn "$inside" --protocol HTTP --port 80 \
  --default-actions "Type=forward,TargetGroupArn=$colleagues"
retry_while Draining \
  aws ecs create-service --cluster "$CLUSTER" --service-name "$SERVICE" --task-definition "$CLUSTER" --desired-count 2 \
  --load-balancers "targetGroupArn=$colleagues,containerName=web,containerPort=80"
