. "$LAB/solution.sh"
aws ecs update-service --cluster "$CLUSTER" --service "$READER" --desired-count 1
