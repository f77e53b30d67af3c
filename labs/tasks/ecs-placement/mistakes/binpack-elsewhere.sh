. "$LAB/solution.sh"
aws ecs delete-service --cluster "$CLUSTER" --service "$SERVICE" --force
retry_while Draining \
  aws ecs create-service --cluster "$CLUSTER" --service-name "$SERVICE" --task-definition "$FAMILY" --desired-count 4
retry_while Draining \
  aws ecs create-service --cluster "$CLUSTER" --service-name "$SERVICE-too" --task-definition "$FAMILY" \
  --desired-count 4 --placement-strategy type=binpack,field=memory
