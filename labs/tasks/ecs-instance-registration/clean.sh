. "$LAB/../retry.sh"
set +e # continue if a resource no longer exists

# The instances, and their registrations in the cluster.
instances=$(aws ec2 describe-instances --query 'Reservations[].Instances[].InstanceId' --output text \
  --filters "Name=tag:Name,Values=$A,$B,$C" Name=instance-state-name,Values=pending,running,stopping,stopped)
if [ -n "$instances" ]; then
  aws ec2 terminate-instances --instance-ids $instances
  aws ec2 wait instance-terminated --instance-ids $instances
fi
for instance in $(aws ecs list-container-instances --cluster "$CLUSTER" --query 'containerInstanceArns[]' --output text); do
  aws ecs deregister-container-instance --cluster "$CLUSTER" --container-instance "$instance" --force
done
retry_while 'ClusterContains|UpdateInProgress' aws ecs delete-cluster --cluster "$CLUSTER"

# The security group.
for group in $(aws ec2 describe-security-groups --filters "Name=group-name,Values=$CLOSED" \
  --query 'SecurityGroups[].GroupId' --output text); do
  retry_while DependencyViolation aws ec2 delete-security-group --group-id "$group"
done

# The roles, with their profiles and policies.
for role in "$CLUSTER-host" "$CLUSTER-server"; do
  aws iam remove-role-from-instance-profile --instance-profile-name "$role" --role-name "$role"
  aws iam delete-instance-profile --instance-profile-name "$role"
  for policy in $(aws iam list-attached-role-policies --role-name "$role" \
    --query 'AttachedPolicies[].PolicyArn' --output text); do
    aws iam detach-role-policy --role-name "$role" --policy-arn "$policy"
  done
  aws iam delete-role --role-name "$role"
done

true # `labs clean` reports the resources that are left
