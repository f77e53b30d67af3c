. "$LAB/../retry.sh"

# The cluster first, so that the agent finds it.
aws ecs create-cluster --cluster-name "$CLUSTER"

# A role that EC2 can assume, with the managed policy for container instances, in an instance profile.
aws iam create-role --role-name "$CLUSTER-instance" --assume-role-policy-document '{
  "Version": "2012-10-17",
  "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]
}'
aws iam attach-role-policy --role-name "$CLUSTER-instance" \
  --policy-arn arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role
aws iam create-instance-profile --instance-profile-name "$CLUSTER-instance"
aws iam add-role-to-instance-profile --instance-profile-name "$CLUSTER-instance" --role-name "$CLUSTER-instance"

# The instance: an ECS-optimized AMI, and user data that sets the cluster.
image=$(aws ssm get-parameter --name /aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id \
  --query Parameter.Value --output text)
cat > user-data.sh <<EOF
#!/bin/bash
echo ECS_CLUSTER=$CLUSTER >> /etc/ecs/ecs.config
EOF
instance=$(retry_while 'Invalid IAM Instance Profile' \
  aws ec2 run-instances --image-id "$image" --instance-type t3.micro --user-data file://user-data.sh \
  --iam-instance-profile "Name=$CLUSTER-instance" \
  --tag-specifications "ResourceType=instance,Tags=[{Key=Name,Value=$INSTANCE}]" \
  --query 'Instances[0].InstanceId' --output text)
aws ec2 wait instance-running --instance-ids "$instance"
