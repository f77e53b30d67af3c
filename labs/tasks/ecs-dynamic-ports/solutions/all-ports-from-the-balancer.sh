# As on the card: all traffic from the security group of the load balancer. The network mode and the host port have their
# defaults, a listener rule forwards by weights, and a second container has no port.
. "$LAB/solution.sh"
aws ec2 revoke-security-group-ingress --group-id "$instance_group" --protocol tcp --port 32768-65535 \
  --source-group "$alb_group"
aws ec2 authorize-security-group-ingress --group-id "$instance_group" --protocol=-1 --source-group "$alb_group"
aws ec2 authorize-security-group-ingress --group-id "$instance_group" --protocol tcp --port 22 --cidr 0.0.0.0/0
aws ecs register-task-definition --family site --container-definitions '[
  {"name": "side", "image": "busybox", "memory": 16, "essential": false, "command": ["sleep", "infinity"]},
  {"name": "nginx", "image": "nginx", "memoryReservation": 64,
   "portMappings": [{"containerPort": 443}, {"containerPort": 8080, "protocol": "tcp"}]}
]'
second=$(aws elbv2 create-target-group --name second --protocol HTTP --port 8080 --vpc-id "$vpc" \
  --query 'TargetGroups[0].TargetGroupArn' --output text)
aws elbv2 modify-listener --listener-arn "$listener" --default-actions \
  'Type=fixed-response,FixedResponseConfig={StatusCode=404}'
aws elbv2 create-rule --listener-arn "$listener" --priority 1 --conditions Field=path-pattern,Values=/* --actions "[
  {\"Type\": \"forward\", \"ForwardConfig\": {\"TargetGroups\": [
    {\"TargetGroupArn\": \"$group\", \"Weight\": 0}, {\"TargetGroupArn\": \"$second\", \"Weight\": 1}
  ]}}
]"
aws ecs delete-service --cluster "$CLUSTER" --service "$SERVICE" --force
retry_while Draining \
  aws ecs create-service --cluster "$CLUSTER" --service-name "$SERVICE" --task-definition site --desired-count 3 \
  --launch-type EC2 --load-balancers "targetGroupArn=$second,containerName=nginx,containerPort=8080"
