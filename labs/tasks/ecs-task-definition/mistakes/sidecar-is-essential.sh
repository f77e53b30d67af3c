. "$LAB/solution.sh"
aws ecs register-task-definition --family "$FAMILY" --requires-compatibilities FARGATE --network-mode awsvpc \
  --cpu 256 --memory 512 --execution-role-arn "$role" --container-definitions '[
    {"name": "'"$CONTAINER"'", "image": "nginx", "essential": false, "portMappings": [{"containerPort": '"$PORT"'}],
     "logConfiguration": {"logDriver": "awslogs", "options": {
       "awslogs-group": "/ecs/'"$FAMILY"'", "awslogs-region": "'"$region"'", "awslogs-stream-prefix": "web"}}},
    {"name": "metrics", "image": "prom/node-exporter"}
  ]'
