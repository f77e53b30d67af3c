. "$LAB/solution.sh"
aws ecs delete-service --cluster "$CLUSTER" --service "$SERVICE" --force
aws ecs run-task --cluster "$CLUSTER" --task-definition "$CLUSTER" --count 3 --launch-type FARGATE \
  --group "$SERVICE" --started-by "$SERVICE" --network-configuration \
  "awsvpcConfiguration={subnets=[$subnets],securityGroups=[$group],assignPublicIp=ENABLED}"
