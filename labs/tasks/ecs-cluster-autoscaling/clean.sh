. "$LAB/../retry.sh"
set +e # continue if a resource no longer exists

# The stack, if CloudFormation created the resources.
aws cloudformation delete-stack --stack-name "$CLUSTER"
aws cloudformation wait stack-delete-complete --stack-name "$CLUSTER"

# Services and tasks first, because they use the capacity provider and make the group start instances.
for service in $(aws ecs list-services --cluster "$CLUSTER" --query 'serviceArns[]' --output text); do
  aws ecs delete-service --cluster "$CLUSTER" --service "$service" --force
done
for task in $(aws ecs list-tasks --cluster "$CLUSTER" --query 'taskArns[]' --output text); do
  aws ecs stop-task --cluster "$CLUSTER" --task "$task"
done

# ECS removes the provider from the cluster when the last task has stopped. After that, the group does not grow again.
retry_while 'ResourceInUse|UpdateInProgress' \
  aws ecs put-cluster-capacity-providers --cluster "$CLUSTER" --capacity-providers --default-capacity-provider-strategy
retry_while 'in use by a cluster|UpdateInProgress' aws ecs delete-capacity-provider --capacity-provider "$PROVIDER"

# The group with its instances, protected or not, and their container instances in the cluster.
instances=$(aws autoscaling describe-auto-scaling-groups --auto-scaling-group-names "$CLUSTER" \
  --query 'AutoScalingGroups[].Instances[].InstanceId' --output text)
aws autoscaling delete-auto-scaling-group --auto-scaling-group-name "$CLUSTER" --force-delete
if [ -n "$instances" ]; then
  aws ec2 wait instance-terminated --instance-ids $instances
fi
aws ec2 delete-launch-template --launch-template-name "$CLUSTER"
for instance in $(aws ecs list-container-instances --cluster "$CLUSTER" --query 'containerInstanceArns[]' --output text); do
  aws ecs deregister-container-instance --cluster "$CLUSTER" --container-instance "$instance" --force
done
retry_while 'ClusterContains|UpdateInProgress' aws ecs delete-cluster --cluster "$CLUSTER"

# The role.
aws iam remove-role-from-instance-profile --instance-profile-name "$CLUSTER-instance" --role-name "$CLUSTER-instance"
aws iam delete-instance-profile --instance-profile-name "$CLUSTER-instance"
aws iam detach-role-policy --role-name "$CLUSTER-instance" \
  --policy-arn arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role
aws iam delete-role --role-name "$CLUSTER-instance"

true # `labs clean` reports the resources that are left
