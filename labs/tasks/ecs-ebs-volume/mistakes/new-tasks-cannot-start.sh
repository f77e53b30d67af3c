. "$LAB/solution.sh"
aws ecs update-service --cluster "$CLUSTER" --service "$SERVICE" \
  --network-configuration "awsvpcConfiguration={subnets=[$subnets],assignPublicIp=DISABLED}"
