. "$LAB/../retry.sh"

# The service-linked role of ECS. A new account does not have it; in others, this call fails.
aws iam create-service-linked-role --aws-service-name ecs.amazonaws.com || true

# The cluster, and a role that allows the instances of the group to register.
aws ecs create-cluster --cluster-name "$CLUSTER"
aws iam create-role --role-name "$CLUSTER-instance" --assume-role-policy-document '{
  "Version": "2012-10-17",
  "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]
}'
aws iam attach-role-policy --role-name "$CLUSTER-instance" \
  --policy-arn arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role
aws iam create-instance-profile --instance-profile-name "$CLUSTER-instance"
aws iam add-role-to-instance-profile --instance-profile-name "$CLUSTER-instance" --role-name "$CLUSTER-instance"

# The launch template: an AMI with the agent, the instance profile, and user data that sets the cluster.
image=$(aws ssm get-parameter --name /aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id \
  --query Parameter.Value --output text)
boot=$(printf '#!/bin/bash\necho ECS_CLUSTER=%s >> /etc/ecs/ecs.config\n' "$CLUSTER" | base64 | tr -d '\n')
aws ec2 create-launch-template --launch-template-name "$CLUSTER" --launch-template-data '{
  "ImageId": "'"$image"'", "InstanceType": "t3.small",
  "IamInstanceProfile": {"Name": "'"$CLUSTER"'-instance"}, "UserData": "'"$boot"'"
}'

# The group starts empty, can grow to three instances, and protects new instances from scale-in.
subnets=$(aws ec2 describe-subnets --filters Name=default-for-az,Values=true --query 'Subnets[].SubnetId' \
  --output text | tr '\t' ',')
: "${subnets:?This Region has no default VPC. Create one: aws ec2 create-default-vpc}"
retry_while 'Invalid IAM Instance Profile' \
  aws autoscaling create-auto-scaling-group --auto-scaling-group-name "$CLUSTER" --min-size 0 --max-size 3 \
  --desired-capacity 0 --vpc-zone-identifier "$subnets" --new-instances-protected-from-scale-in \
  --launch-template "LaunchTemplateName=$CLUSTER,Version=\$Latest"

# The capacity provider connects the group to ECS. The cluster uses it by default.
group=$(aws autoscaling describe-auto-scaling-groups --auto-scaling-group-names "$CLUSTER" \
  --query 'AutoScalingGroups[0].AutoScalingGroupARN' --output text)
retry_while 'service linked role' \
  aws ecs create-capacity-provider --name "$PROVIDER" --auto-scaling-group-provider '{
  "autoScalingGroupArn": "'"$group"'",
  "managedScaling": {"status": "ENABLED", "targetCapacity": 80},
  "managedTerminationProtection": "ENABLED"
}'
aws ecs put-cluster-capacity-providers --cluster "$CLUSTER" --capacity-providers "$PROVIDER" \
  --default-capacity-provider-strategy "capacityProvider=$PROVIDER,weight=1"
