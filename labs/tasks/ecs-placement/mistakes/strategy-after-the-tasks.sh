. "$LAB/solution.sh"
aws ecs delete-service --cluster "$CLUSTER" --service "$SERVICE" --force
retry_while Draining \
  aws ecs create-service --cluster "$CLUSTER" --service-name "$SERVICE" --task-definition "$FAMILY" --desired-count 4
aws ecs update-service --cluster "$CLUSTER" --service "$SERVICE" --availability-zone-rebalancing DISABLED \
  --placement-strategy type=binpack,field=memory
