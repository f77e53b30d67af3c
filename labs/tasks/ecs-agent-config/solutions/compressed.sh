. "$LAB/../retry.sh"

# A compressed script that writes another file first and moves it, with more settings than required.
aws ecs create-cluster --cluster-name "$CLUSTER"
aws iam create-role --role-name ecsInstanceRole --assume-role-policy-document '{
  "Version": "2012-10-17",
  "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]
}'
aws iam put-role-policy --role-name ecsInstanceRole --policy-name agent --policy-document '{
  "Version": "2012-10-17",
  "Statement": [{"Effect": "Allow", "Action": ["ecs:*", "ecr:*"], "Resource": "*"}]
}'
aws iam create-instance-profile --instance-profile-name ecsInstanceRole
aws iam add-role-to-instance-profile --instance-profile-name ecsInstanceRole --role-name ecsInstanceRole
image=$(aws ssm get-parameter --name /aws/service/ecs/optimized-ami/amazon-linux-2/recommended/image_id \
  --query Parameter.Value --output text)
cat > user-data.sh <<EOF
#!/usr/bin/env bash
set -euo pipefail
{
  echo "ECS_LOGLEVEL=debug"
  echo 'ECS_ENABLE_TASK_IAM_ROLE=1'
  echo ECS_INSTANCE_ATTRIBUTES='{"stack":"prod"}'
} > /tmp/ecs.config
echo -e "ECS_CLUSTER=none\nECS_CLUSTER=$CLUSTER" >> /tmp/ecs.config
mv /tmp/ecs.config /etc/ecs/ecs.config
systemctl enable --now --no-block ecs.service
EOF
gzip -9 user-data.sh
retry_while 'Invalid IAM Instance Profile' \
  aws ec2 run-instances --image-id "$image" --instance-type t3.small --user-data fileb://user-data.sh.gz \
  --iam-instance-profile Name=ecsInstanceRole \
  --tag-specifications "ResourceType=instance,Tags=[{Key=Name,Value=$INSTANCE},{Key=team,Value=web}]"
