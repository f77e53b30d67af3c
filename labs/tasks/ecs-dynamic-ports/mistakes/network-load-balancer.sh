. "$LAB/solution.sh"
aws ecs delete-service --cluster "$CLUSTER" --service "$SERVICE" --force
network=$(aws elbv2 create-load-balancer --name network --type network --scheme internet-facing --subnets $subnets \
  --query 'LoadBalancers[0].LoadBalancerArn' --output text)
streams=$(aws elbv2 create-target-group --name streams --protocol TCP --port 80 --vpc-id "$vpc" --target-type instance \
  --query 'TargetGroups[0].TargetGroupArn' --output text)
aws elbv2 create-listener --load-balancer-arn "$network" --protocol TCP --port 80 \
  --default-actions "Type=forward,TargetGroupArn=$streams"
retry_while Draining \
  aws ecs create-service --cluster "$CLUSTER" --service-name "$SERVICE" --task-definition "$CLUSTER" --desired-count 2 \
  --load-balancers "targetGroupArn=$streams,containerName=web,containerPort=80"
