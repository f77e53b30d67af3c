. "$LAB/../retry.sh"

# The instance gets its profile while it runs, and the agent tries again. The role has the name that the console uses.
# A stopped instance with the same name does not count.
aws ecs create-cluster --cluster-name "$CLUSTER"
image=$(aws ssm get-parameters --names /aws/service/ecs/optimized-ami/amazon-linux-2/recommended \
  --query 'Parameters[0].Value' --output text | tr ',' '\n' | grep image_id | cut -d '"' -f 4)
plain=$(aws ssm get-parameter --name /aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64 \
  --query Parameter.Value --output text)
old=$(aws ec2 run-instances --image-id "$plain" --instance-type t3.micro \
  --query 'Instances[0].InstanceId' --output text)
aws ec2 create-tags --resources "$old" --tags "Key=Name,Value=$INSTANCE"
aws ec2 stop-instances --instance-ids "$old"
instance=$(aws ec2 run-instances --image-id "$image" --instance-type t3.small --query 'Instances[0].InstanceId' \
  --user-data "$(printf '#!/bin/sh\necho "ECS_CLUSTER=%s" | tee -a /etc/ecs/ecs.config\n' "$CLUSTER")" --output text)
aws ec2 create-tags --resources "$instance" --tags "Key=Name,Value=$INSTANCE" Key=team,Value=web

aws iam create-role --role-name ecsInstanceRole --path /labs/ --assume-role-policy-document '{
  "Version": "2008-10-17",
  "Statement": {"Effect": "Allow", "Principal": {"Service": ["ec2.amazonaws.com", "ssm.amazonaws.com"]}, "Action": ["sts:AssumeRole"]}
}'
for policy in AmazonSSMManagedInstanceCore service-role/AmazonEC2ContainerServiceforEC2Role; do
  aws iam attach-role-policy --role-name ecsInstanceRole --policy-arn "arn:aws:iam::aws:policy/$policy"
done
aws iam create-instance-profile --instance-profile-name labs-hosts
aws iam add-role-to-instance-profile --instance-profile-name labs-hosts --role-name ecsInstanceRole
retry_while 'Invalid IAM Instance Profile' \
  aws ec2 associate-iam-instance-profile --instance-id "$instance" --iam-instance-profile Name=labs-hosts
