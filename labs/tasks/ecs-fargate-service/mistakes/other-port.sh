. "$LAB/solution.sh"
aws ecs register-task-definition --family "$CLUSTER" --requires-compatibilities FARGATE --network-mode awsvpc \
  --cpu 256 --memory 512 --container-definitions '[
    {"name": "web", "image": "public.ecr.aws/docker/library/tomcat:10", "portMappings": [{"containerPort": 8080}]}
  ]'
aws ecs update-service --cluster "$CLUSTER" --service "$SERVICE" --task-definition "$CLUSTER"
