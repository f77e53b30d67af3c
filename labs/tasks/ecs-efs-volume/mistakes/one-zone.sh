. "$LAB/solution.sh"
for service in "$WRITER" "$READER"; do
  aws ecs update-service --cluster "$CLUSTER" --service "$service" \
    --network-configuration "awsvpcConfiguration={subnets=[${subnets%%[[:space:]]*}],securityGroups=[$tasks],assignPublicIp=ENABLED}"
done
