. "$LAB/solution.sh"
task=$(aws ecs list-tasks --cluster "$CLUSTER" --started-by "$STARTED_BY" --query 'taskArns[0]' --output text)
aws ecs stop-task --cluster "$CLUSTER" --task "$task"
# Without a strategy, ECS picks either of the two. This makes sure that it is the larger one.
aws ecs run-task --cluster "$CLUSTER" --task-definition "$FAMILY" --started-by "$STARTED_BY" \
  --placement-constraints 'type=memberOf,expression=attribute:ecs.instance-type == t3.xlarge'
