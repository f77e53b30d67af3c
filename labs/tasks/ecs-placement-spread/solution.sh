. "$LAB/../retry.sh"

# The service-linked role of ECS. A new account does not have it; in others, this call fails.
aws iam create-service-linked-role --aws-service-name ecs.amazonaws.com || true

# The cluster, and a role that allows its instances to register.
aws ecs create-cluster --cluster-name "$CLUSTER"

aws iam create-role --role-name "$CLUSTER-instance" --assume-role-policy-document '{
  "Version": "2012-10-17",
  "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]
}'
aws iam attach-role-policy --role-name "$CLUSTER-instance" \
  --policy-arn arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role
aws iam create-instance-profile --instance-profile-name "$CLUSTER-instance"
aws iam add-role-to-instance-profile --instance-profile-name "$CLUSTER-instance" --role-name "$CLUSTER-instance"

# One instance in each of three zones. The subnet of an instance determines its zone.
image=$(aws ssm get-parameter --name /aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id \
  --query Parameter.Value --output text)
cat > user-data.sh <<END
#!/bin/bash
echo ECS_CLUSTER=$CLUSTER >> /etc/ecs/ecs.config
END
subnets=$(aws ec2 describe-subnets --filters Name=default-for-az,Values=true \
  --query 'sort_by(Subnets, &AvailabilityZone)[:3].SubnetId' --output text)
: "${subnets:?This Region has no default VPC. Create one: aws ec2 create-default-vpc}"
for subnet in $subnets; do
  retry_while 'Invalid IAM Instance Profile' \
    aws ec2 run-instances --image-id "$image" --instance-type t3.micro --subnet-id "$subnet" \
    --iam-instance-profile "Name=$CLUSTER-instance" --user-data file://user-data.sh \
    --tag-specifications "ResourceType=instance,Tags=[{Key=Name,Value=$CLUSTER}]"
done

# Wait until all three are registered.
for try in $(seq 60); do
  [ "$(aws ecs describe-clusters --clusters "$CLUSTER" \
    --query 'clusters[0].registeredContainerInstancesCount' --output text)" -ge 3 ] && break
  sleep 5
done

# A small task, one service that spreads it across zones, and one that places it at random.
aws ecs register-task-definition --family "$CLUSTER" --requires-compatibilities EC2 --container-definitions '[
  {"name": "app", "image": "public.ecr.aws/docker/library/nginx:stable", "cpu": 64, "memory": 64, "essential": true}
]'
retry_while 'service linked role' \
  aws ecs create-service --cluster "$CLUSTER" --service-name "$SERVICE" --task-definition "$CLUSTER" \
  --desired-count 6 --placement-strategy type=spread,field=attribute:ecs.availability-zone
retry_while 'service linked role' \
  aws ecs create-service --cluster "$CLUSTER" --service-name "$RANDOM_" --task-definition "$CLUSTER" \
  --desired-count 3 --placement-strategy type=random
