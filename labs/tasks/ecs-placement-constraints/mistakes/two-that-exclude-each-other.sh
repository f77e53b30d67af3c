. "$LAB/solution.sh"
aws ecs update-service --cluster "$CLUSTER" --service "$MEMBER" --force-new-deployment --placement-constraints \
  '[{"type": "memberOf", "expression": "attribute:ecs.instance-type == t3.small"}, {"type": "memberOf", "expression": "attribute:ecs.instance-type == t3.micro"}]'
