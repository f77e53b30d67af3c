. "$LAB/solution.sh"
aws ecs update-service --cluster "$CLUSTER" --service "$SERVICE" --desired-count 5
aws ecs update-service --cluster "$CLUSTER" --service "$RANDOM_" --desired-count 4
