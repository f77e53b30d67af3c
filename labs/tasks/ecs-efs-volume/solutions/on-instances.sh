. "$LAB/../retry.sh"

# On container instances in two zones, in bridge mode: the tasks use the security groups of their instances.
aws ecs create-cluster --cluster-name "$CLUSTER"
aws iam create-role --role-name ecsInstanceRole --assume-role-policy-document '{
  "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]
}'
aws iam attach-role-policy --role-name ecsInstanceRole \
  --policy-arn arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role
aws iam create-instance-profile --instance-profile-name ecsInstanceRole
aws iam add-role-to-instance-profile --instance-profile-name ecsInstanceRole --role-name ecsInstanceRole
image=$(aws ssm get-parameter --name /aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id \
  --query Parameter.Value --output text)
printf '#!/bin/bash\necho ECS_CLUSTER=%s >> /etc/ecs/ecs.config\n' "$CLUSTER" > boot.sh
hosts=$(aws ec2 create-security-group --group-name hosts --description hosts --query GroupId --output text)
files=$(aws ec2 create-security-group --group-name files --description files --query GroupId --output text)
aws ec2 authorize-security-group-ingress --group-id "$files" --protocol tcp --port 2049 --source-group "$hosts"
fs=$(aws efs create-file-system --query FileSystemId --output text)
for subnet in $(aws ec2 describe-subnets --query 'Subnets[:2].SubnetId' --output text); do
  aws efs create-mount-target --file-system-id "$fs" --subnet-id "$subnet" --security-groups "$files"
  retry_while 'Invalid IAM Instance Profile' \
    aws ec2 run-instances --image-id "$image" --instance-type t3.medium --subnet-id "$subnet" --security-group-ids "$hosts" \
    --iam-instance-profile Name=ecsInstanceRole --user-data file://boot.sh
done
for side in "$WRITER $FAMILY_WRITER" "$READER $FAMILY_READER"; do
  set -- $side
  aws ecs register-task-definition --family "$2" \
    --volumes "name=v,efsVolumeConfiguration={fileSystemId=$fs,rootDirectory=/,transitEncryption=ENABLED,transitEncryptionPort=20490}" \
    --container-definitions '[{"name": "c", "image": "busybox", "memory": 64, "mountPoints": [{"sourceVolume": "v", "containerPath": "/v"}]}]'
  retry_while 'service linked role' \
    aws ecs create-service --cluster "$CLUSTER" --service-name "$1" --task-definition "$2" --desired-count 2
done
