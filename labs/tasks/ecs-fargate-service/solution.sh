. "$LAB/../retry.sh"

# The service-linked role of ECS. A new account does not have it; in others, this call fails.
aws iam create-service-linked-role --aws-service-name ecs.amazonaws.com || true

# The cluster needs no instances.
aws ecs create-cluster --cluster-name "$CLUSTER"

# The smallest size that Fargate offers, in awsvpc mode.
aws ecs register-task-definition --family "$CLUSTER" --requires-compatibilities FARGATE --network-mode awsvpc \
  --cpu 256 --memory 512 --container-definitions '[
    {"name": "web", "image": "public.ecr.aws/docker/library/nginx:stable", "portMappings": [{"containerPort": 80}]}
  ]'

# Two subnets of the default VPC in different Availability Zones, and a security group that allows the container port.
vpc=$(aws ec2 describe-vpcs --filters Name=is-default,Values=true --query 'Vpcs[].VpcId' --output text)
: "${vpc:?there is no default VPC in this region: aws ec2 create-default-vpc makes one}"
subnets=$(aws ec2 describe-subnets --filters "Name=vpc-id,Values=$vpc" Name=default-for-az,Values=true \
  --query 'join(`,`, sort_by(Subnets, &AvailabilityZone)[:2].SubnetId)' --output text)
group=$(aws ec2 create-security-group --group-name "$CLUSTER" --description "Visitors of $SERVICE" --vpc-id "$vpc" \
  --query GroupId --output text)
aws ec2 authorize-security-group-ingress --group-id "$group" --protocol tcp --port 80 --cidr 0.0.0.0/0

# The service. The tasks need public IP addresses to pull the image.
retry_while 'service linked role' \
  aws ecs create-service --cluster "$CLUSTER" --service-name "$SERVICE" --task-definition "$CLUSTER" --desired-count 3 \
  --launch-type FARGATE --network-configuration \
  "awsvpcConfiguration={subnets=[$subnets],securityGroups=[$group],assignPublicIp=ENABLED}"
aws ecs wait services-stable --cluster "$CLUSTER" --services "$SERVICE"
