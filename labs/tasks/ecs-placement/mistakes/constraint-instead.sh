. "$LAB/solution.sh"
aws ecs delete-service --cluster "$CLUSTER" --service "$SERVICE" --force
retry_while Draining \
  aws ecs create-service --cluster "$CLUSTER" --service-name "$SERVICE" --task-definition "$FAMILY" \
  --desired-count 4 --placement-constraints 'type=memberOf,expression=attribute:ecs.instance-type == t3.small'
