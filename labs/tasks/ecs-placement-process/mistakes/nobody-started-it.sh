. "$LAB/solution.sh"
aws ecs stop-task --cluster "$CLUSTER" --task \
  "$(aws ecs list-tasks --cluster "$CLUSTER" --started-by "$STARTED_BY" --query 'taskArns[0]' --output text)"
aws ecs run-task --cluster "$CLUSTER" --task-definition "$FAMILY" --group "$STARTED_BY" \
  --placement-strategy type=binpack,field=memory
