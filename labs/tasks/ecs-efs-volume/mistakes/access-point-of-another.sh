. "$LAB/solution.sh"
other=$(aws efs create-file-system --creation-token other --query FileSystemId --output text)
point=$(aws efs create-access-point --file-system-id "$other" --query AccessPointId --output text)
shared="name=shared,efsVolumeConfiguration={fileSystemId=$fs,transitEncryption=ENABLED,authorizationConfig={accessPointId=$point}}"
aws ecs register-task-definition --family "$FAMILY_READER" --requires-compatibilities FARGATE --network-mode awsvpc \
  --cpu 256 --memory 512 --volumes "$shared" --container-definitions '[{
    "name": "reader", "image": "public.ecr.aws/docker/library/busybox:stable",
    "command": ["httpd", "-f", "-h", "/shared"],
    "mountPoints": [{"sourceVolume": "shared", "containerPath": "/shared", "readOnly": true}]
  }]'
aws ecs delete-service --cluster "$CLUSTER" --service "$READER" --force
aws ecs create-service --cluster "$CLUSTER" --service-name "$READER" --task-definition "$FAMILY_READER" \
  --launch-type FARGATE --desired-count 2 --network-configuration "$network"
