. "$LAB/solution.sh"
aws ecs delete-service --cluster "$CLUSTER" --service "$SERVICE" --force
aws ecs register-task-definition --family "$CLUSTER" --network-mode bridge --container-definitions '[
  {"name": "web", "image": "nginx", "cpu": 128, "memory": 128, "portMappings": [{"containerPort": 80, "hostPort": 80}]}
]'
retry_while Draining \
  aws ecs create-service --cluster "$CLUSTER" --service-name "$SERVICE" --task-definition "$CLUSTER" --desired-count 2 \
  --load-balancers "targetGroupArn=$group,containerName=web,containerPort=80"
