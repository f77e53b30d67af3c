. "$LAB/solution.sh"
aws ecs register-task-definition --family "$FAMILY_WRITER" --requires-compatibilities FARGATE --network-mode awsvpc \
  --cpu 512 --memory 1024 --volumes "$shared" --container-definitions '[
    {"name": "writer", "image": "busybox", "mountPoints": [{"sourceVolume": "shared", "containerPath": "/shared"}]}
  ]'
