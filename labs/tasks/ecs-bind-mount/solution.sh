# One volume with only a name. One container writes to it, the other one reads.
aws ecs register-task-definition --family "$FAMILY" --requires-compatibilities FARGATE --network-mode awsvpc \
  --cpu 256 --memory 512 --volumes name=logs --container-definitions '[
    {"name": "'"$WRITER"'", "image": "public.ecr.aws/docker/library/httpd:2.4", "essential": true,
     "mountPoints": [{"sourceVolume": "logs", "containerPath": "/usr/local/apache2/logs", "readOnly": false}]},
    {"name": "'"$READER"'", "image": "public.ecr.aws/docker/library/busybox:stable", "essential": false,
     "command": ["tail", "-F", "/logs/access_log"],
     "mountPoints": [{"sourceVolume": "logs", "containerPath": "/logs", "readOnly": true}]}
  ]'
