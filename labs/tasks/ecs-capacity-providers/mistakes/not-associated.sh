. "$LAB/../retry.sh"

aws ecs create-cluster --cluster-name "$CLUSTER"
aws ecs register-task-definition --family "$CLUSTER" --requires-compatibilities FARGATE --network-mode awsvpc \
  --cpu 256 --memory 512 --container-definitions '[{"name": "web", "image": "nginx"}]'
subnet=$(aws ec2 describe-subnets --filters Name=default-for-az,Values=true --query 'Subnets[0].SubnetId' --output text)
retry_while 'service linked role' \
  aws ecs create-service --cluster "$CLUSTER" --service-name "$SERVICE" --task-definition "$CLUSTER" --desired-count 4 \
  --launch-type FARGATE --network-configuration "awsvpcConfiguration={subnets=[$subnet],assignPublicIp=ENABLED}"
