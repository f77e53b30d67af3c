. "$LAB/solution.sh"
aws iam update-assume-role-policy --role-name "$FAMILY-task" --policy-document "${trust/ecs-tasks/ecs}"
