. "$LAB/solution.sh"
aws ecs delete-service --cluster "$CLUSTER" --service "$DISTINCT" --force
retry_while Draining \
  aws ecs create-service --cluster "$CLUSTER" --service-name "$DISTINCT" --task-definition "$CLUSTER" --desired-count 3 \
  --placement-strategy type=spread,field=instanceId
