. "$LAB/solution.sh"
all=$(aws ec2 describe-subnets --filters "Name=vpc-id,Values=$vpc" --query "join(',', Subnets[].SubnetId)" --output text)
aws ecs update-service --cluster "$CLUSTER" --service "$READER" \
  --network-configuration "awsvpcConfiguration={subnets=[$all],securityGroups=[$tasks],assignPublicIp=ENABLED}"
