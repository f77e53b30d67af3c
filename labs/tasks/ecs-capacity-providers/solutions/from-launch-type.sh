. "$LAB/../retry.sh"

# A service with a launch type gets the strategy with a new deployment, and is then scaled.
retry_while 'service linked role' \
  aws ecs create-cluster --cluster-name "$CLUSTER" --capacity-providers FARGATE_SPOT FARGATE
aws ecs register-task-definition --family shop --requires-compatibilities FARGATE --network-mode awsvpc \
  --cpu 256 --memory 512 --container-definitions '[{"name": "shop", "image": "nginx"}]'
subnet=$(aws ec2 describe-subnets --filters Name=default-for-az,Values=true --query 'Subnets[0].SubnetId' --output text)
retry_while 'service linked role' \
  aws ecs create-service --cluster "$CLUSTER" --service-name "$SERVICE" --task-definition shop --desired-count 1 \
  --launch-type FARGATE --network-configuration "awsvpcConfiguration={subnets=[$subnet],assignPublicIp=ENABLED}"
aws ecs update-service --cluster "$CLUSTER" --service "$SERVICE" --desired-count 4 --force-new-deployment \
  --capacity-provider-strategy capacityProvider=FARGATE,weight=1,base=1 capacityProvider=FARGATE_SPOT,weight=3
aws ecs put-cluster-capacity-providers --cluster "$CLUSTER" --capacity-providers FARGATE_SPOT FARGATE \
  --default-capacity-provider-strategy '[{"capacityProvider": "FARGATE", "base": 1, "weight": 100},
    {"capacityProvider": "FARGATE_SPOT", "weight": 300}]'
