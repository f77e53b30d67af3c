. "$LAB/../retry.sh"
set +e # continue if a resource no longer exists

# The stack, if CloudFormation created the resources below.
aws cloudformation delete-stack --stack-name "$CLUSTER"
aws cloudformation wait stack-delete-complete --stack-name "$CLUSTER"

# The instance, and its registration in the cluster.
instances=$(aws ec2 describe-instances --query 'Reservations[].Instances[].InstanceId' --output text \
  --filters "Name=tag:Name,Values=$INSTANCE" Name=instance-state-name,Values=pending,running,stopping,stopped)
if [ -n "$instances" ]; then
  aws ec2 terminate-instances --instance-ids $instances
  aws ec2 wait instance-terminated --instance-ids $instances
fi
for instance in $(aws ecs list-container-instances --cluster "$CLUSTER" --query 'containerInstanceArns[]' --output text); do
  aws ecs deregister-container-instance --cluster "$CLUSTER" --container-instance "$instance" --force
done
retry_while 'ClusterContains|UpdateInProgress' aws ecs delete-cluster --cluster "$CLUSTER"

# The instance profile and its role.
aws iam remove-role-from-instance-profile --instance-profile-name "$CLUSTER-instance" --role-name "$CLUSTER-instance"
aws iam delete-instance-profile --instance-profile-name "$CLUSTER-instance"
aws iam detach-role-policy --role-name "$CLUSTER-instance" \
  --policy-arn arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role
aws iam delete-role --role-name "$CLUSTER-instance"

true # `labs clean` reports the resources that are left
