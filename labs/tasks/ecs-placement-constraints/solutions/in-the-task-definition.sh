. "$LAB/../retry.sh"

# The expression is a pattern in the task definition. The service with distinctInstance also has a memberOf that every
# instance satisfies. Four t3 and an m5. The constraint is added to a running service with a new deployment.
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
printf '#!/bin/sh\necho ECS_CLUSTER=%s | tee -a /etc/ecs/ecs.config\n' "$CLUSTER" > boot.sh
for type in t3.nano t3.micro t3.small t3.large m5.large t3a.medium; do
  retry_while 'Invalid IAM Instance Profile' \
    aws ec2 run-instances --instance-type "$type" --user-data file://boot.sh --iam-instance-profile Name=ecsInstanceRole \
    --image-id resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2/recommended/image_id
done
aws ecs register-task-definition --family anywhere --container-definitions '[
  {"name": "web", "image": "nginx", "memoryReservation": 32}
]'
aws ecs register-task-definition --family pinned --container-definitions '[
  {"name": "web", "image": "nginx", "memoryReservation": 32}
]' --placement-constraints '[{"type": "memberOf", "expression": "attribute:ecs.instance-type =~ t3\\..*"}]'
retry_while 'service linked role' \
  aws ecs create-service --cluster "$CLUSTER" --service-name "$DISTINCT" --task-definition anywhere --desired-count 3 \
  --placement-strategy type=binpack,field=memory
aws ecs update-service --cluster "$CLUSTER" --service "$DISTINCT" --force-new-deployment --placement-constraints \
  type=distinctInstance 'type=memberOf,expression=attribute:ecs.os-type == linux'
retry_while 'service linked role' \
  aws ecs create-service --cluster "$CLUSTER" --service-name "$MEMBER" --task-definition pinned --desired-count 2 \
  --placement-strategy type=random
