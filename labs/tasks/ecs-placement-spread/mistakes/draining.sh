. "$LAB/solution.sh"
aws ecs update-container-instances-state --cluster "$CLUSTER" --status DRAINING --container-instances \
  "$(aws ecs list-container-instances --cluster "$CLUSTER" --query 'containerInstanceArns[0]' --output text)"
