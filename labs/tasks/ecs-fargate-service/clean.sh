. "$LAB/../retry.sh"
set +e # continue if a resource no longer exists

# The stack, if CloudFormation created the resources below.
aws cloudformation delete-stack --stack-name "$CLUSTER"
aws cloudformation wait stack-delete-complete --stack-name "$CLUSTER"

# The service, with its tasks and their network interfaces.
aws ecs delete-service --cluster "$CLUSTER" --service "$SERVICE" --force
aws ecs wait services-inactive --cluster "$CLUSTER" --services "$SERVICE"
retry_while 'ClusterContains|UpdateInProgress' aws ecs delete-cluster --cluster "$CLUSTER"

# The revisions of the task definition.
for revision in $(aws ecs list-task-definitions --family-prefix "$CLUSTER" --query 'taskDefinitionArns[]' --output text); do
  aws ecs deregister-task-definition --task-definition "$revision"
done

# The security group, when no network interface uses it any longer.
for group in $(aws ec2 describe-security-groups --filters "Name=group-name,Values=$CLUSTER" \
  --query 'SecurityGroups[].GroupId' --output text); do
  retry_while DependencyViolation aws ec2 delete-security-group --group-id "$group"
done

true # `labs clean` reports the resources that are left
