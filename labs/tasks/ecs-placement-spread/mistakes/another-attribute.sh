. "$LAB/solution.sh"
aws ecs update-service --cluster "$CLUSTER" --service "$SERVICE" --force-new-deployment \
  --availability-zone-rebalancing DISABLED \
  --placement-strategy type=spread,field=attribute:ecs.subnet-id
