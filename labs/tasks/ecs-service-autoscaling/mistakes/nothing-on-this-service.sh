right=$SERVICE
SERVICE=$right-api
. "$LAB/solution.sh"
SERVICE=$right
aws ecs create-service --cluster "$CLUSTER" --service-name "$SERVICE" --task-definition "$CLUSTER" --desired-count 1 \
  --launch-type FARGATE --network-configuration "awsvpcConfiguration={subnets=[$subnets],assignPublicIp=ENABLED}"
