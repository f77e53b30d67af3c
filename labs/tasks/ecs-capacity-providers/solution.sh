. "$LAB/../retry.sh"

# The service-linked role of ECS. A new account does not have it; in others, this call fails.
aws iam create-service-linked-role --aws-service-name ecs.amazonaws.com || true

# The cluster with both providers and its default strategy: first the base, then three Spot tasks for each other task.
retry_while 'service linked role' \
  aws ecs create-cluster --cluster-name "$CLUSTER" --capacity-providers FARGATE FARGATE_SPOT \
  --default-capacity-provider-strategy capacityProvider=FARGATE,base=1,weight=1 capacityProvider=FARGATE_SPOT,weight=3

# A small task for Fargate. Its image is public, so it needs no role.
aws ecs register-task-definition --family "$CLUSTER" --requires-compatibilities FARGATE --network-mode awsvpc \
  --cpu 256 --memory 512 --container-definitions '[
    {"name": "web", "image": "public.ecr.aws/docker/library/nginx:stable", "essential": true}
  ]'

# The service has neither a launch type nor a strategy, so it uses the default of the cluster.
subnets=$(aws ec2 describe-subnets --filters Name=default-for-az,Values=true --query 'Subnets[].SubnetId' \
  --output text | tr '\t' ',')
: "${subnets:?This Region has no default VPC. Create one: aws ec2 create-default-vpc}"
retry_while 'service linked role' \
  aws ecs create-service --cluster "$CLUSTER" --service-name "$SERVICE" --task-definition "$CLUSTER" --desired-count 4 \
  --network-configuration "awsvpcConfiguration={subnets=[$subnets],assignPublicIp=ENABLED}"
aws ecs wait services-stable --cluster "$CLUSTER" --services "$SERVICE"
