. "$LAB/solution.sh"
aws ecs update-service --cluster "$CLUSTER" --service "$DISTINCT" --force-new-deployment --placement-constraints '[]'
aws ecs create-service --cluster "$CLUSTER" --service-name "$DISTINCT-too" --task-definition "$CLUSTER" \
  --desired-count 3 --placement-constraints type=distinctInstance
