# The repository, with its policy.
aws ecr delete-repository --repository-name "$REPOSITORY" --force

# The role, after its policy.
aws iam delete-role-policy --role-name "$ROLE" --policy-name pull
aws iam delete-role --role-name "$ROLE"
