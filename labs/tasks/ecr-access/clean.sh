set +e # what is not there any more is no reason to stop

# The stack, where CloudFormation made what follows.
aws cloudformation delete-stack --stack-name "${REPOSITORY//\//-}"
aws cloudformation wait stack-delete-complete --stack-name "${REPOSITORY//\//-}"

# The repository, with its policy.
aws ecr delete-repository --repository-name "$REPOSITORY" --force

# The role, after its policy.
aws iam delete-role-policy --role-name "$ROLE" --policy-name pull
aws iam delete-role --role-name "$ROLE"

true # whether something is left, `labs clean` tells
