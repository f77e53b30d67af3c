. "$LAB/solution.sh"
aws ecs delete-service --cluster "$CLUSTER" --service "$SERVICE" --force
aws ecs create-service --cluster "$CLUSTER" --service-name "$SERVICE" --task-definition "$CLUSTER" --desired-count 3 \
  --launch-type FARGATE --network-configuration "awsvpcConfiguration={subnets=[$subnets],securityGroups=[$group]}"
