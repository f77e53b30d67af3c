. "$LAB/../retry.sh"

# The service-linked role of ECS. A new account does not have it; in others, this call fails.
aws iam create-service-linked-role --aws-service-name ecs.amazonaws.com || true

# The network: two zones of the default VPC, a group for the tasks, and one for the mount targets that allows them.
vpc=$(aws ec2 describe-vpcs --filters Name=is-default,Values=true --query 'Vpcs[].VpcId' --output text)
: "${vpc:?This Region has no default VPC. Create one: aws ec2 create-default-vpc}"
subnets=$(aws ec2 describe-subnets --filters "Name=vpc-id,Values=$vpc" Name=default-for-az,Values=true \
  --query 'Subnets[:2].SubnetId' --output text)
tasks=$(aws ec2 create-security-group --vpc-id "$vpc" --group-name "$CLUSTER-tasks" \
  --description "Tasks that mount the file system" --query GroupId --output text)
files=$(aws ec2 create-security-group --vpc-id "$vpc" --group-name "$CLUSTER-files" \
  --description "Mount targets of the file system" --query GroupId --output text)
aws ec2 authorize-security-group-ingress --group-id "$files" --protocol tcp --port 2049 --source-group "$tasks"

# The file system, with a mount target in each of the two zones.
fs=$(aws efs create-file-system --creation-token "$CLUSTER" --encrypted --tags "Key=Name,Value=$CLUSTER" \
  --query FileSystemId --output text)
for try in $(seq 60); do
  [ "$(aws efs describe-file-systems --file-system-id "$fs" --query 'FileSystems[0].LifeCycleState' \
    --output text)" = available ] && break
  sleep 5
done
for subnet in $subnets; do
  aws efs create-mount-target --file-system-id "$fs" --subnet-id "$subnet" --security-groups "$files"
done
for try in $(seq 60); do
  [ "$(aws efs describe-mount-targets --file-system-id "$fs" \
    --query "length(MountTargets[?LifeCycleState=='available'])" --output text)" -ge 2 ] && break
  sleep 5
done

# Two task definitions with a volume on it: one writes, one reads.
shared="name=shared,efsVolumeConfiguration={fileSystemId=$fs,transitEncryption=ENABLED}"
aws ecs register-task-definition --family "$FAMILY_WRITER" --requires-compatibilities FARGATE --network-mode awsvpc \
  --cpu 256 --memory 512 --volumes "$shared" --container-definitions '[{
    "name": "writer", "image": "public.ecr.aws/docker/library/busybox:stable",
    "command": ["sh", "-c", "while true; do date >> /shared/$(hostname); sleep 10; done"],
    "mountPoints": [{"sourceVolume": "shared", "containerPath": "/shared"}]
  }]'
aws ecs register-task-definition --family "$FAMILY_READER" --requires-compatibilities FARGATE --network-mode awsvpc \
  --cpu 256 --memory 512 --volumes "$shared" --container-definitions '[{
    "name": "reader", "image": "public.ecr.aws/docker/library/busybox:stable",
    "command": ["httpd", "-f", "-h", "/shared"],
    "mountPoints": [{"sourceVolume": "shared", "containerPath": "/shared", "readOnly": true}]
  }]'

# A service for each of them, in both zones.
network="awsvpcConfiguration={subnets=[$(echo $subnets | tr ' ' ,)],securityGroups=[$tasks],assignPublicIp=ENABLED}"
aws ecs create-cluster --cluster-name "$CLUSTER"
retry_while 'service linked role' \
  aws ecs create-service --cluster "$CLUSTER" --service-name "$WRITER" --task-definition "$FAMILY_WRITER" \
  --launch-type FARGATE --desired-count 2 --network-configuration "$network"
retry_while 'service linked role' \
  aws ecs create-service --cluster "$CLUSTER" --service-name "$READER" --task-definition "$FAMILY_READER" \
  --launch-type FARGATE --desired-count 2 --network-configuration "$network"
