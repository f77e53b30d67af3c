. "$LAB/solution.sh"
aws iam detach-role-policy --role-name "$FAMILY-execution" \
  --policy-arn arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy
aws iam delete-role --role-name "$FAMILY-execution"
