. "$LAB/solution.sh"
aws ecs delete-service --cluster "$CLUSTER" --service "$RANDOM_" --force
aws ecs run-task --cluster "$CLUSTER" --task-definition "$CLUSTER" --count 3 --placement-strategy type=random \
  --group "$RANDOM_" --started-by "$RANDOM_"
