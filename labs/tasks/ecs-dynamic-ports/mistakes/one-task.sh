. "$LAB/solution.sh"
aws ecs update-service --cluster "$CLUSTER" --service "$SERVICE" --desired-count 1
