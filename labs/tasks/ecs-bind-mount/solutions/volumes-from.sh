# The reader mounts the volumes of the writer with volumesFrom, read only. ECS determines the compatibilities.
aws ecs register-task-definition --family "$FAMILY" --network-mode awsvpc --cpu 512 --memory 1024 \
  --volumes 'name=shared,host={}' --container-definitions '[
    {"name": "'"$WRITER"'", "image": "httpd", "mountPoints": [{"sourceVolume": "shared", "containerPath": "/out"}]},
    {"name": "'"$READER"'", "image": "busybox", "volumesFrom": [{"sourceContainer": "'"$WRITER"'", "readOnly": true}]}
  ]'
