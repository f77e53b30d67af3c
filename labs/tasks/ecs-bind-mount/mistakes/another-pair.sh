aws ecs register-task-definition --family "$FAMILY" --requires-compatibilities FARGATE --network-mode awsvpc \
  --cpu 256 --memory 512 --volumes name=logs name=mine --container-definitions '[
    {"name": "'"$WRITER"'", "image": "httpd", "mountPoints": [{"sourceVolume": "logs", "containerPath": "/logs"}]},
    {"name": "'"$READER"'-copy", "image": "busybox", "mountPoints": [{"sourceVolume": "logs", "containerPath": "/logs", "readOnly": true}]},
    {"name": "'"$READER"'", "image": "busybox", "mountPoints": [{"sourceVolume": "mine", "containerPath": "/logs", "readOnly": true}]}
  ]'
