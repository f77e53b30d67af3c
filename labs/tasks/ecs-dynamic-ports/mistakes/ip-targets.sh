. "$LAB/solution.sh"
aws ecs delete-service --cluster "$CLUSTER" --service "$SERVICE" --force
addresses=$(aws elbv2 create-target-group --name addresses --protocol HTTP --port 80 --vpc-id "$vpc" --target-type ip \
  --query 'TargetGroups[0].TargetGroupArn' --output text)
aws elbv2 modify-listener --listener-arn "$listener" --default-actions "Type=forward,TargetGroupArn=$addresses"
aws ecs register-task-definition --family "$CLUSTER" --network-mode awsvpc --container-definitions '[
  {"name": "web", "image": "nginx", "cpu": 128, "memory": 128, "portMappings": [{"containerPort": 80}]}
]'
retry_while Draining \
  aws ecs create-service --cluster "$CLUSTER" --service-name "$SERVICE" --task-definition "$CLUSTER" --desired-count 2 \
  --load-balancers "targetGroupArn=$addresses,containerName=web,containerPort=80" --network-configuration \
  "awsvpcConfiguration={subnets=[${subnets%%[[:space:]]*}],securityGroups=[$instance_group]}"
