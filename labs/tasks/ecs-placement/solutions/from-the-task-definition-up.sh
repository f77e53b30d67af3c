. "$LAB/../retry.sh"

# Another order and style: an upper-case field, a memory reservation, strategies after binpack, one t3.large and one
# t3.medium. The strategy is added to a running service, whose zone rebalancing is on until then.
aws ecs register-task-definition --family "$FAMILY" --container-definitions '[
  {"name": "web", "image": "nginx", "memoryReservation": 128}
]'
aws ecs create-cluster --cluster-name "$CLUSTER"
aws iam create-role --role-name ecsInstanceRole --assume-role-policy-document '{
  "Version": "2012-10-17",
  "Statement": [{"Effect": "Allow", "Principal": {"Service": ["ec2.amazonaws.com"]}, "Action": "sts:AssumeRole"}]
}'
aws iam put-role-policy --role-name ecsInstanceRole --policy-name agent --policy-document '{
  "Version": "2012-10-17",
  "Statement": [{"Effect": "Allow", "Action": ["ecs:*", "ecr:*", "logs:*"], "Resource": "*"}]
}'
aws iam create-instance-profile --instance-profile-name ecsInstanceRole
aws iam add-role-to-instance-profile --instance-profile-name ecsInstanceRole --role-name ecsInstanceRole
image=$(aws ssm get-parameters --names /aws/service/ecs/optimized-ami/amazon-linux-2/recommended/image_id \
  --query 'Parameters[0].Value' --output text)
printf '#!/bin/sh\ncat > /etc/ecs/ecs.config <<END\nECS_CLUSTER=%s\nEND\n' "$CLUSTER" > boot.sh
for type in t3.large t3.medium; do
  retry_while 'Invalid IAM Instance Profile' \
    aws ec2 run-instances --image-id "$image" --instance-type $type --user-data file://boot.sh \
    --iam-instance-profile Name=ecsInstanceRole
done
retry_while 'service linked role' \
  aws ecs create-service --cluster "$CLUSTER" --service-name "$SERVICE" --task-definition "$FAMILY" --desired-count 4 \
  --launch-type EC2
aws ecs update-service --cluster "$CLUSTER" --service "$SERVICE" --force-new-deployment \
  --availability-zone-rebalancing DISABLED \
  --placement-strategy type=binpack,field=MEMORY type=spread,field=attribute:ecs.availability-zone
