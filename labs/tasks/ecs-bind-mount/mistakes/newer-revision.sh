. "$LAB/solution.sh"
aws ecs register-task-definition --family "$FAMILY" --requires-compatibilities FARGATE --network-mode awsvpc \
  --cpu 256 --memory 512 --container-definitions '[{"name": "'"$WRITER"'", "image": "httpd"}, {"name": "'"$READER"'", "image": "busybox"}]'
