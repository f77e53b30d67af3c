. "$LAB/solution.sh"
aws ecs register-task-definition --family "$FAMILY" --requires-compatibilities FARGATE --network-mode awsvpc \
  --cpu 256 --memory 512 --execution-role-arn "$role" --container-definitions '[
    {"name": "'"$CONTAINER"'", "image": "php:fpm", "portMappings": [{"containerPort": 9000}],
     "logConfiguration": {"logDriver": "awslogs", "options": {
       "awslogs-group": "/ecs/'"$FAMILY"'", "awslogs-region": "'"$region"'", "awslogs-stream-prefix": "web"}}},
    {"name": "proxy", "image": "nginx", "portMappings": [{"containerPort": '"$PORT"'}]}
  ]'
