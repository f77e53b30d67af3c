. "$LAB/solution.sh"
aws ecs update-service --cluster "$CLUSTER" --service "$MEMBER" --desired-count 1
