# A third instance is too small for all tasks. Binpack uses it first, because it has the least memory left. The tasks
# fill it and then use the next one: two instances, although one of the larger ones could hold them all.
. "$LAB/solution.sh"
aws ecs delete-service --cluster "$CLUSTER" --service "$SERVICE" --force
aws ec2 run-instances --image-id "$image" --instance-type t3.micro \
  --iam-instance-profile "Name=$CLUSTER-instance" --user-data file://user-data.sh
aws ecs register-task-definition --family "$FAMILY" --container-definitions '[
  {"name": "app", "image": "nginx", "cpu": 10, "memory": 420}
]'
retry_while Draining \
  aws ecs create-service --cli-input-json "{
  \"serviceName\": \"$SERVICE\", \"cluster\": \"$CLUSTER\", \"taskDefinition\": \"$FAMILY\", \"desiredCount\": 4,
  \"placementStrategy\": [{\"field\": \"Memory\", \"type\": \"binpack\"}]
}"
