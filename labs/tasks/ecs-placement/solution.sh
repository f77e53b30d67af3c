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

# Two instances from the ECS-optimized AMI. The user data sets the cluster that their agents join.
image=$(aws ssm get-parameter --name /aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id \
  --query Parameter.Value --output text)
cat > user-data.sh <<EOF
#!/bin/bash
echo ECS_CLUSTER=$CLUSTER >> /etc/ecs/ecs.config
EOF
retry_while 'Invalid IAM Instance Profile' \
  aws ec2 run-instances --image-id "$image" --count 2 --instance-type t3.small \
  --iam-instance-profile "Name=$CLUSTER-instance" --user-data file://user-data.sh \
  --tag-specifications "ResourceType=instance,Tags=[{Key=Name,Value=$CLUSTER}]"

# Wait until both are registered.
for try in $(seq 60); do
  [ "$(aws ecs describe-clusters --clusters "$CLUSTER" \
    --query 'clusters[0].registeredContainerInstancesCount' --output text)" -ge 2 ] && break
  sleep 5
done

# A small task that reserves memory, and the service that packs its tasks.
aws ecs register-task-definition --family "$FAMILY" --requires-compatibilities EC2 --container-definitions '[
  {"name": "app", "image": "public.ecr.aws/docker/library/nginx:stable", "cpu": 64, "memory": 256, "essential": true}
]'
retry_while 'service linked role' \
  aws ecs create-service --cluster "$CLUSTER" --service-name "$SERVICE" --task-definition "$FAMILY" \
  --desired-count 4 --placement-strategy type=binpack,field=memory
