. "$LAB/../retry.sh"
set +e # continue if a resource no longer exists

# The tasks first.
for task in $(aws ecs list-tasks --cluster "$CLUSTER" --query 'taskArns[]' --output text); do
  aws ecs stop-task --cluster "$CLUSTER" --task "$task"
done

# The instances, and then the empty cluster.
instances=$(aws ec2 describe-instances --query 'Reservations[].Instances[].InstanceId' --output text \
  --filters "Name=tag:Name,Values=$CLUSTER" Name=instance-state-name,Values=pending,running,stopping,stopped)
if [ -n "$instances" ]; then
  aws ec2 terminate-instances --instance-ids $instances
  aws ec2 wait instance-terminated --instance-ids $instances
fi
for instance in $(aws ecs list-container-instances --cluster "$CLUSTER" --query 'containerInstanceArns[]' --output text); do
  aws ecs deregister-container-instance --cluster "$CLUSTER" --container-instance "$instance" --force
done
retry_while 'ClusterContains|UpdateInProgress' aws ecs delete-cluster --cluster "$CLUSTER"

# The revisions of the task definition.
for revision in $(aws ecs list-task-definitions --family-prefix "$FAMILY" --query 'taskDefinitionArns[]' --output text); do
  aws ecs deregister-task-definition --task-definition "$revision"
done

# The role.
aws iam remove-role-from-instance-profile --instance-profile-name "$CLUSTER-instance" --role-name "$CLUSTER-instance"
aws iam delete-instance-profile --instance-profile-name "$CLUSTER-instance"
aws iam detach-role-policy --role-name "$CLUSTER-instance" \
  --policy-arn arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role
aws iam delete-role --role-name "$CLUSTER-instance"

true # `labs clean` reports the resources that are left
