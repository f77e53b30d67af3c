. "$LAB/solution.sh"
aws ecs delete-service --cluster "$CLUSTER" --service "$SERVICE" --force
aws ecs run-task --cluster "$CLUSTER" --task-definition "$CLUSTER" --count 4 \
  --network-configuration "awsvpcConfiguration={subnets=[$subnets],assignPublicIp=ENABLED}"
