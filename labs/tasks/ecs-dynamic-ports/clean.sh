. "$LAB/../retry.sh"
set +e # continue if a resource no longer exists

# The stack, if CloudFormation created the resources below.
aws cloudformation delete-stack --stack-name "$CLUSTER"
aws cloudformation wait stack-delete-complete --stack-name "$CLUSTER"

# The service, then the load balancer.
aws ecs delete-service --cluster "$CLUSTER" --service "$SERVICE" --force
for balancer in $(aws elbv2 describe-load-balancers --names "$CLUSTER" \
  --query 'LoadBalancers[].LoadBalancerArn' --output text); do
  aws elbv2 delete-load-balancer --load-balancer-arn "$balancer"
  aws elbv2 wait load-balancers-deleted --load-balancer-arns "$balancer"
done
for group in $(aws elbv2 describe-target-groups --names "$CLUSTER" --query 'TargetGroups[].TargetGroupArn' --output text); do
  retry_while ResourceInUse aws elbv2 delete-target-group --target-group-arn "$group"
done

# The instance, and the cluster when the service and its tasks are deleted.
aws ecs wait services-inactive --cluster "$CLUSTER" --services "$SERVICE"
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
for revision in $(aws ecs list-task-definitions --family-prefix "$CLUSTER" --query 'taskDefinitionArns[]' --output text); do
  aws ecs deregister-task-definition --task-definition "$revision"
done

# The security groups, first the one that names the other. AWS removes the network interfaces of the load balancer later.
for name in "$CLUSTER-instance" "$CLUSTER-alb"; do
  for group in $(aws ec2 describe-security-groups --filters "Name=group-name,Values=$name" \
    --query 'SecurityGroups[].GroupId' --output text); do
    retry_while DependencyViolation aws ec2 delete-security-group --group-id "$group"
  done
done

# The role.
aws iam remove-role-from-instance-profile --instance-profile-name "$CLUSTER-instance" --role-name "$CLUSTER-instance"
aws iam delete-instance-profile --instance-profile-name "$CLUSTER-instance"
aws iam detach-role-policy --role-name "$CLUSTER-instance" \
  --policy-arn arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role
aws iam delete-role --role-name "$CLUSTER-instance"

true # `labs clean` reports the resources that are left
