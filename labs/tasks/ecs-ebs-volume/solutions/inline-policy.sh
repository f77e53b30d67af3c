. "$LAB/../retry.sh"

# A role with a path and an inline policy for exactly these volumes. The trust policy names the account. A larger volume
# with every setting, 200 GiB of ephemeral storage, a bind mount and a sidecar. The volume is configured later.
account=$(aws sts get-caller-identity --query Account --output text)
aws iam create-role --path /ecs/ --role-name disks --assume-role-policy-document '{
  "Version": "2012-10-17",
  "Statement": [{"Effect": "Allow", "Principal": {"Service": ["ecs.amazonaws.com", "ec2.amazonaws.com"]}, "Action": "sts:AssumeRole",
    "Condition": {"StringEquals": {"aws:SourceAccount": "'"$account"'"}}}]
}'
aws iam put-role-policy --role-name disks --policy-name disks --policy-document '{
  "Version": "2012-10-17",
  "Statement": [
    {"Effect": "Allow", "Action": ["ec2:CreateVolume", "ec2:CreateTags"], "Resource": "arn:aws:ec2:*:'"$account"':volume/*",
     "Condition": {"StringLike": {"aws:RequestTag/AmazonECSCreated": "arn:aws:ecs:*:*:task/'"$CLUSTER"'/*"}}},
    {"Effect": "Allow", "Action": ["ec2:AttachVolume", "ec2:DetachVolume", "ec2:DeleteVolume"], "Resource": "*",
     "Condition": {"StringEquals": {"ec2:ResourceTag/AmazonECSManaged": "true"}}},
    {"Effect": "Allow", "Action": "ec2:Describe*", "Resource": "*"},
    {"Effect": "Deny", "Action": "ec2:DeleteVolume", "Resource": "*", "Condition": {"Null": {"aws:ResourceTag/AmazonECSManaged": "true"}}}
  ]
}'
retry_while 'service linked role' \
  aws ecs create-cluster --cluster-name "$CLUSTER" --capacity-providers FARGATE
cat > task.json <<END
{
  "family": "$FAMILY", "requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc", "cpu": "1 vCPU", "memory": "2 GB",
  "ephemeralStorage": {"sizeInGiB": 200},
  "volumes": [{"name": "tmp", "host": {}}, {"name": "$VOLUME", "configuredAtLaunch": true}],
  "containerDefinitions": [
    {"name": "watch", "image": "busybox", "essential": false,
     "mountPoints": [{"sourceVolume": "$VOLUME", "containerPath": "/watched", "readOnly": true}]},
    {"name": "work", "image": "busybox", "mountPoints": [
      {"sourceVolume": "tmp", "containerPath": "/tmp"}, {"sourceVolume": "$VOLUME", "containerPath": "$PATH_/"}]}
  ]
}
END
aws ecs register-task-definition --cli-input-json file://task.json
subnet=$(aws ec2 describe-subnets --query 'Subnets[0].SubnetId' --output text)
configure() {
  echo "[{\"name\": \"$VOLUME\", \"managedEBSVolume\": {\"volumeType\": \"gp3\", \"sizeInGiB\": $1, \"encrypted\": true, \"iops\": 3000,
    \"throughput\": 125, \"filesystemType\": \"ext4\", \"roleArn\": \"arn:aws:iam::$account:role/ecs/disks\",
    \"tagSpecifications\": [{\"resourceType\": \"volume\", \"propagateTags\": \"SERVICE\"}]}}]"
}
retry_while 'service linked role' \
  aws ecs create-service --cluster "$CLUSTER" --service-name "$SERVICE" --task-definition "$FAMILY" --desired-count 2 \
  --network-configuration "awsvpcConfiguration={subnets=[$subnet],assignPublicIp=ENABLED}" \
  --capacity-provider-strategy capacityProvider=FARGATE,weight=1 --volume-configurations "$(configure 10)"
aws ecs update-service --cluster "$CLUSTER" --service "$SERVICE" --volume-configurations "$(configure 500)"
