set +e # continue if a resource no longer exists

# The stack, if CloudFormation created the resources.
aws cloudformation delete-stack --stack-name "$FAMILY"
aws cloudformation wait stack-delete-complete --stack-name "$FAMILY"

# The revisions of the task definition.
for revision in $(aws ecs list-task-definitions --family-prefix "$FAMILY" --query 'taskDefinitionArns[]' --output text); do
  aws ecs deregister-task-definition --task-definition "$revision"
done

true # `labs clean` reports the resources that are left
