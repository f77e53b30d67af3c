. "$LAB/../retry.sh"

# The service-linked role of ECS. A new account does not have it; in others, this call fails.
aws iam create-service-linked-role --aws-service-name ecs.amazonaws.com || true

# The infrastructure role. ECS assumes it, and an AWS managed policy allows it to manage the volumes.
aws iam create-role --role-name "$CLUSTER-infrastructure" --assume-role-policy-document '{
  "Version": "2012-10-17",
  "Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs.amazonaws.com"}, "Action": "sts:AssumeRole"}]
}'
aws iam attach-role-policy --role-name "$CLUSTER-infrastructure" \
  --policy-arn arn:aws:iam::aws:policy/service-role/AmazonECSInfrastructureRolePolicyForVolumes

# The task definition declares the volume as configured at launch, and sets more ephemeral storage.
aws ecs register-task-definition --family "$FAMILY" --requires-compatibilities FARGATE --network-mode awsvpc \
  --cpu 256 --memory 512 --ephemeral-storage sizeInGiB=30 \
  --volumes "name=$VOLUME,configuredAtLaunch=true" --container-definitions '[{
    "name": "transcode", "image": "public.ecr.aws/docker/library/busybox:stable", "command": ["sleep", "infinity"],
    "mountPoints": [{"sourceVolume": "'"$VOLUME"'", "containerPath": "'"$PATH_"'", "readOnly": false}]
  }]'

# The service configures the volume of each task. (If ECS cannot assume the new role yet, wait ten seconds.)
aws ecs create-cluster --cluster-name "$CLUSTER"
role=$(aws iam get-role --role-name "$CLUSTER-infrastructure" --query Role.Arn --output text)
subnets=$(aws ec2 describe-subnets --filters Name=default-for-az,Values=true \
  --query "join(',', Subnets[].SubnetId)" --output text)
: "${subnets:?This Region has no default VPC. Create one: aws ec2 create-default-vpc}"
network="awsvpcConfiguration={subnets=[$subnets],assignPublicIp=ENABLED}"
retry_while 'service linked role' \
  aws ecs create-service --cluster "$CLUSTER" --service-name "$SERVICE" --task-definition "$FAMILY" --desired-count 1 \
  --launch-type FARGATE --network-configuration "$network" \
  --volume-configurations "name=$VOLUME,managedEBSVolume={volumeType=gp3,sizeInGiB=50,roleArn=$role}"
