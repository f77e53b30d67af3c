set +e # continue if a resource no longer exists

# The stack, if CloudFormation created the resources below.
aws cloudformation delete-stack --stack-name "${REPOSITORY//\//-}"
aws cloudformation wait stack-delete-complete --stack-name "${REPOSITORY//\//-}"

# The repository, with its images and its policies.
aws ecr delete-repository --repository-name "$REPOSITORY" --force

true # `labs clean` reports the resources that are left
