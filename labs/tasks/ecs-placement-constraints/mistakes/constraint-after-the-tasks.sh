. "$LAB/solution.sh"
aws ecs update-service --cluster "$CLUSTER" --service "$DISTINCT" --desired-count 0
aws ecs update-service --cluster "$CLUSTER" --service "$DISTINCT" --desired-count 3 --placement-constraints '[]' \
  --availability-zone-rebalancing DISABLED \
  --placement-strategy type=binpack,field=memory
aws ecs update-service --cluster "$CLUSTER" --service "$DISTINCT" --placement-constraints type=distinctInstance
