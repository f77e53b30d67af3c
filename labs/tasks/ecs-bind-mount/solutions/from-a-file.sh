# From a JSON file, as the console creates it: an empty host, all fields, more storage, a third container, and a second
# bind mount and an EFS volume that are unrelated. There is also an older and a deregistered newer revision.
aws ecs register-task-definition --family "$FAMILY" --container-definitions '[{"name": "old", "image": "nginx", "memory": 64}]'
cat > task.json <<END
{
  "family": "$FAMILY",
  "requiresCompatibilities": ["EC2", "FARGATE"],
  "networkMode": "awsvpc",
  "cpu": "1 vCPU", "memory": "2 GB",
  "ephemeralStorage": {"sizeInGiB": 40},
  "volumes": [
    {"name": "content", "efsVolumeConfiguration": {"fileSystemId": "fs-0123456789abcdef0", "rootDirectory": "/"}},
    {"name": "tmp"},
    {"name": "spool", "host": {}, "configuredAtLaunch": false}
  ],
  "containerDefinitions": [
    {"name": "proxy", "image": "nginx", "mountPoints": [
      {"sourceVolume": "tmp", "containerPath": "/tmp"},
      {"sourceVolume": "content", "containerPath": "/srv", "readOnly": true}]},
    {"name": "$READER", "image": "fluent/fluent-bit", "essential": false, "readonlyRootFilesystem": true, "mountPoints": [
      {"sourceVolume": "tmp", "containerPath": "/tmp"},
      {"sourceVolume": "spool", "containerPath": "/in", "readOnly": true},
      {"sourceVolume": "spool", "containerPath": "/again", "readOnly": true}]},
    {"name": "$WRITER", "image": "httpd", "mountPoints": [
      {"sourceVolume": "spool", "containerPath": "/out"},
      {"sourceVolume": "spool", "containerPath": "/look", "readOnly": true}]}
  ]
}
END
aws ecs register-task-definition --cli-input-json file://task.json
aws ecs register-task-definition --family "$FAMILY" --container-definitions '[{"name": "new", "image": "nginx", "memory": 64}]'
aws ecs deregister-task-definition --task-definition "$FAMILY:3"
