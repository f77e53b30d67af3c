. "$LAB/../retry.sh"

# Two instances in each zone, launched by zone name. The console template "AZ balanced spread" spreads over zones and
# then over instances. The random service is created from JSON, and the cluster has more services.
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
printf '#!/bin/sh\ncat > /etc/ecs/ecs.config <<END\nECS_CLUSTER=%s\nEND\n' "$CLUSTER" > boot.sh
zones=$(aws ec2 describe-availability-zones --query 'AvailabilityZones[].ZoneName' --output text)
for zone in $zones; do
  retry_while 'Invalid IAM Instance Profile' \
    aws ec2 run-instances --count 2 --instance-type t3.small --placement "AvailabilityZone=$zone" \
    --image-id resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2/recommended/image_id \
    --iam-instance-profile Name=ecsInstanceRole --user-data file://boot.sh
done
cluster=$(aws ecs describe-clusters --clusters "$CLUSTER" --query 'clusters[0].clusterArn' --output text)
revision=$(aws ecs register-task-definition --family nginx --container-definitions '[
  {"name": "web", "image": "nginx", "memoryReservation": 32},
  {"name": "side", "image": "busybox", "command": ["sleep", "infinity"], "memory": 16, "essential": false}
]' --query taskDefinition.taskDefinitionArn --output text)
retry_while 'service linked role' \
  aws ecs create-service --cluster "$cluster" --service-name "$SERVICE" --task-definition "$revision" --launch-type EC2 \
  --desired-count 6 --placement-strategy '[
    {"type": "spread", "field": "attribute:ecs.availability-zone"}, {"type": "spread", "field": "instanceId"}
  ]'
retry_while 'service linked role' \
  aws ecs create-service --cli-input-json "{
  \"cluster\": \"$cluster\", \"serviceName\": \"$RANDOM_\", \"taskDefinition\": \"nginx\", \"desiredCount\": 3,
  \"placementStrategy\": [{\"type\": \"random\"}]
}"
retry_while 'service linked role' \
  aws ecs create-service --cluster "$CLUSTER" --service-name "other-$SERVICE" --task-definition nginx --desired-count 2 \
  --placement-strategy type=binpack,field=memory
