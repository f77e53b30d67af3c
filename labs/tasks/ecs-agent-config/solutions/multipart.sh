. "$LAB/../retry.sh"

# A multipart archive with a cloud-config and a script with variables, tee and printf. The value is in upper case.
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
cat > user-data.mime <<EOF
Content-Type: multipart/mixed; boundary="==BOUNDARY=="
MIME-Version: 1.0

--==BOUNDARY==
Content-Type: text/cloud-config; charset="us-ascii"

packages: [jq]

--==BOUNDARY==
Content-Type: text/x-shellscript; charset="us-ascii"

#!/bin/sh -e
config=/etc/ecs/ecs.config
mkdir -p /etc/ecs
name='$CLUSTER'
# ECS_CLUSTER=other
printf 'ECS_CLUSTER=%s\n' "\$name" > "\$config"
echo "ECS_ENABLE_TASK_IAM_ROLE=TRUE" | sudo tee -a "\${config}" > /dev/null
printf '%s\n' ECS_LOGLEVEL=info >> \$config

--==BOUNDARY==--
EOF
retry_while 'Invalid IAM Instance Profile' \
  aws ec2 run-instances --image-id "$image" --instance-type t3.small --user-data file://user-data.mime \
  --iam-instance-profile Name=ecsInstanceRole \
  --tag-specifications "ResourceType=instance,Tags=[{Key=Name,Value=$INSTANCE},{Key=team,Value=web}]"
