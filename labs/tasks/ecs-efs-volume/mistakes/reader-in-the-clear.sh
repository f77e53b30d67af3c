. "$LAB/solution.sh"
aws ecs register-task-definition --family "$FAMILY_READER" --requires-compatibilities FARGATE --network-mode awsvpc \
  --cpu 256 --memory 512 --volumes "name=shared,efsVolumeConfiguration={fileSystemId=$fs}" --container-definitions '[
    {"name": "reader", "image": "busybox", "mountPoints": [{"sourceVolume": "shared", "containerPath": "/shared"}]}
  ]'
aws ecs update-service --cluster "$CLUSTER" --service "$READER" --task-definition "$FAMILY_READER"
