set +e # what is not there any more is no reason to stop

# The stack, where CloudFormation made what follows.
aws cloudformation delete-stack --stack-name "${REPOSITORY//\//-}"
aws cloudformation wait stack-delete-complete --stack-name "${REPOSITORY//\//-}"

# The repository, with its images and its policies.
aws ecr delete-repository --repository-name "$REPOSITORY" --force

true # whether something is left, `labs clean` tells
