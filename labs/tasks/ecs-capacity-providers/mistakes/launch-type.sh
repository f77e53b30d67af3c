. "$LAB/solution.sh"
aws ecs delete-service --cluster "$CLUSTER" --service "$SERVICE" --force
retry_while Draining \
  aws ecs create-service --cluster "$CLUSTER" --service-name "$SERVICE" --task-definition "$CLUSTER" --desired-count 4 \
  --launch-type FARGATE --network-configuration "awsvpcConfiguration={subnets=[$subnets],assignPublicIp=ENABLED}"
