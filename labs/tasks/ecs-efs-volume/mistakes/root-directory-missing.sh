. "$LAB/solution.sh"
missing="name=shared,efsVolumeConfiguration={fileSystemId=$fs,rootDirectory=/missing,transitEncryption=ENABLED}"
aws ecs register-task-definition --family "$FAMILY_READER" --requires-compatibilities FARGATE --network-mode awsvpc \
  --cpu 256 --memory 512 --volumes "$missing" --container-definitions '[
    {"name": "reader", "image": "busybox", "mountPoints": [{"sourceVolume": "shared", "containerPath": "/shared"}]}
  ]'
aws ecs update-service --cluster "$CLUSTER" --service "$READER" --task-definition "$FAMILY_READER"
