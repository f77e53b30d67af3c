. "$LAB/../retry.sh"

# The providers are associated later, in another order. The service has its own strategy: 5 to 15, with base 0 set.
aws ecs create-cluster --cluster-name "$CLUSTER"
aws ecs put-cluster-capacity-providers --cluster "$CLUSTER" --capacity-providers FARGATE_SPOT FARGATE \
  --default-capacity-provider-strategy capacityProvider=FARGATE_SPOT,weight=6,base=0 capacityProvider=FARGATE,weight=2,base=1
aws ecs register-task-definition --family shop --requires-compatibilities FARGATE EC2 --network-mode awsvpc \
  --cpu '.25 vCPU' --memory '0.5 GB' --container-definitions '[{"name": "shop", "image": "nginx"}]'
subnet=$(aws ec2 describe-subnets --filters Name=default-for-az,Values=true --query 'Subnets[0].SubnetId' --output text)
retry_while 'service linked role' \
  aws ecs create-service --cluster "$CLUSTER" --service-name "$SERVICE" --task-definition shop --desired-count 4 \
  --capacity-provider-strategy capacityProvider=FARGATE_SPOT,weight=15 capacityProvider=FARGATE,weight=5,base=1 \
  --network-configuration "awsvpcConfiguration={subnets=[$subnet],assignPublicIp=ENABLED}"
