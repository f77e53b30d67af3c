. "$LAB/solution.sh"
second=$(aws efs create-file-system --creation-token second --query FileSystemId --output text)
for subnet in $subnets; do
  aws efs create-mount-target --file-system-id "$second" --subnet-id "$subnet" --security-groups "$files"
done
aws ecs register-task-definition --family "$FAMILY_READER" --requires-compatibilities FARGATE --network-mode awsvpc \
  --cpu 256 --memory 512 --volumes "name=shared,efsVolumeConfiguration={fileSystemId=$second,transitEncryption=ENABLED}" \
  --container-definitions '[{"name": "reader", "image": "busybox", "mountPoints": [{"sourceVolume": "shared", "containerPath": "/shared"}]}]'
aws ecs update-service --cluster "$CLUSTER" --service "$READER" --task-definition "$FAMILY_READER"
