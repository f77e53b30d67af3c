set +e # continue if a resource no longer exists

# The stack, if CloudFormation created the resources below.
aws cloudformation delete-stack --stack-name "${REPOSITORY//\//-}"
aws cloudformation wait stack-delete-complete --stack-name "${REPOSITORY//\//-}"

# The repository, with its policy.
aws ecr delete-repository --repository-name "$REPOSITORY" --force

# The role and its policy.
aws iam delete-role-policy --role-name "$ROLE" --policy-name pull
aws iam delete-role --role-name "$ROLE"

true # `labs clean` reports the resources that are left
