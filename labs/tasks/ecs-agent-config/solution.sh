. "$LAB/../retry.sh"

# The cluster, and a role that allows the instance to register.
aws ecs create-cluster --cluster-name "$CLUSTER"
aws iam create-role --role-name "$CLUSTER-instance" --assume-role-policy-document '{
  "Version": "2012-10-17",
  "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]
}'
aws iam attach-role-policy --role-name "$CLUSTER-instance" \
  --policy-arn arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role
aws iam create-instance-profile --instance-profile-name "$CLUSTER-instance"
aws iam add-role-to-instance-profile --instance-profile-name "$CLUSTER-instance" --role-name "$CLUSTER-instance"

# The user data adds both settings to the file that the agent reads.
cat > user-data.sh <<EOF
#!/bin/bash
cat >> /etc/ecs/ecs.config <<END
ECS_CLUSTER=$CLUSTER
ECS_ENABLE_TASK_IAM_ROLE=true
END
EOF

# The instance, from an ECS-optimized AMI.
image=$(aws ssm get-parameter --name /aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id \
  --query Parameter.Value --output text)
instance=$(retry_while 'Invalid IAM Instance Profile' \
  aws ec2 run-instances --image-id "$image" --instance-type t3.micro --user-data file://user-data.sh \
  --iam-instance-profile "Name=$CLUSTER-instance" \
  --tag-specifications "ResourceType=instance,Tags=[{Key=Name,Value=$INSTANCE}]" \
  --query 'Instances[0].InstanceId' --output text)
aws ec2 wait instance-running --instance-ids "$instance"
