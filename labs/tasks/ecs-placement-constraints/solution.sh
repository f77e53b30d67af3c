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

# Two t3 of different sizes, and a t3a, which is another instance family.
image=$(aws ssm get-parameter --name /aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id \
  --query Parameter.Value --output text)
cat > user-data.sh <<END
#!/bin/bash
echo ECS_CLUSTER=$CLUSTER >> /etc/ecs/ecs.config
END
launch() {
  retry_while 'Invalid IAM Instance Profile' \
    aws ec2 run-instances --image-id "$image" --instance-type "$1" \
    --iam-instance-profile "Name=$CLUSTER-instance" --user-data file://user-data.sh \
    --tag-specifications "ResourceType=instance,Tags=[{Key=Name,Value=$CLUSTER}]"
}
launch t3.small
launch t3.micro
launch t3a.small

# Wait until all three are registered.
for try in $(seq 60); do
  [ "$(aws ecs describe-clusters --clusters "$CLUSTER" \
    --query 'clusters[0].registeredContainerInstancesCount' --output text)" -ge 3 ] && break
  sleep 5
done

# Test the expression before a service uses it: which instances does it select?
expression='attribute:ecs.instance-type in [t3.small, t3.micro]'
aws ecs list-container-instances --cluster "$CLUSTER" --filter "$expression"

# A small task, and the two services.
aws ecs register-task-definition --family "$CLUSTER" --requires-compatibilities EC2 --container-definitions '[
  {"name": "app", "image": "public.ecr.aws/docker/library/nginx:stable", "cpu": 64, "memory": 64, "essential": true}
]'
retry_while 'service linked role' \
  aws ecs create-service --cluster "$CLUSTER" --service-name "$DISTINCT" --task-definition "$CLUSTER" \
  --desired-count 3 --placement-constraints type=distinctInstance
retry_while 'service linked role' \
  aws ecs create-service --cluster "$CLUSTER" --service-name "$MEMBER" --task-definition "$CLUSTER" --desired-count 2 \
  --placement-constraints "[{\"type\": \"memberOf\", \"expression\": \"$expression\"}]"
