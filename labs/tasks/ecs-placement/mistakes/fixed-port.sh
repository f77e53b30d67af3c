. "$LAB/solution.sh"
aws ecs register-task-definition --family "$FAMILY" --container-definitions '[
  {"name": "app", "image": "public.ecr.aws/docker/library/nginx:stable", "memory": 256,
   "portMappings": [{"containerPort": 80, "hostPort": 8080}]}
]'
aws ecs delete-service --cluster "$CLUSTER" --service "$SERVICE" --force
retry_while Draining \
  aws ecs create-service --cluster "$CLUSTER" --service-name "$SERVICE" --task-definition "$FAMILY" --desired-count 4 \
  --placement-strategy type=binpack,field=memory
