set +e # continue if a resource no longer exists

# The stack, if CloudFormation created the resources below.
aws cloudformation delete-stack --stack-name "$FAMILY"
aws cloudformation wait stack-delete-complete --stack-name "$FAMILY"

# The revisions of the task definition.
for revision in $(aws ecs list-task-definitions --family-prefix "$FAMILY" --query 'taskDefinitionArns[]' --output text); do
  aws ecs deregister-task-definition --task-definition "$revision"
done

# The role and the log group.
aws iam detach-role-policy --role-name "$FAMILY-execution" \
  --policy-arn arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy
aws iam delete-role --role-name "$FAMILY-execution"
aws logs delete-log-group --log-group-name "/ecs/$FAMILY"

true # `labs clean` reports the resources that are left
