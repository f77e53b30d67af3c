. "$LAB/solution.sh"
aws ecs register-task-definition --family "$FAMILY" --network-mode awsvpc --container-definitions '[
  {"name": "app", "image": "public.ecr.aws/docker/library/nginx:stable", "memory": 256}
]'
aws ecs delete-service --cluster "$CLUSTER" --service "$SERVICE" --force
subnets=$(aws ec2 describe-subnets --filters Name=default-for-az,Values=true \
  --query "join(',', Subnets[].SubnetId)" --output text)
aws ecs create-service --cluster "$CLUSTER" --service-name "$SERVICE" --task-definition "$FAMILY" --desired-count 4 \
  --placement-strategy type=binpack,field=memory --network-configuration "awsvpcConfiguration={subnets=[$subnets]}"
