# The service, then what stands before it.
aws ecs delete-service --cluster "$CLUSTER" --service "$SERVICE" --force
balancer=$(aws elbv2 describe-load-balancers --names "$CLUSTER" --query 'LoadBalancers[0].LoadBalancerArn' --output text)
aws elbv2 delete-load-balancer --load-balancer-arn "$balancer"
aws elbv2 wait load-balancers-deleted --load-balancer-arns "$balancer"
aws elbv2 delete-target-group --target-group-arn "$(aws elbv2 describe-target-groups --names "$CLUSTER" \
  --query 'TargetGroups[0].TargetGroupArn' --output text)"

# The instance, and the cluster.
instances=$(aws ec2 describe-instances --query 'Reservations[].Instances[].InstanceId' --output text \
  --filters "Name=tag:Name,Values=$CLUSTER" Name=instance-state-name,Values=pending,running,stopping,stopped)
if [ -n "$instances" ]; then
  aws ec2 terminate-instances --instance-ids $instances
  aws ec2 wait instance-terminated --instance-ids $instances
fi
for instance in $(aws ecs list-container-instances --cluster "$CLUSTER" --query 'containerInstanceArns[]' --output text); do
  aws ecs deregister-container-instance --cluster "$CLUSTER" --container-instance "$instance" --force
done
aws ecs delete-cluster --cluster "$CLUSTER"

# The revisions of the task definition.
for revision in $(aws ecs list-task-definitions --family-prefix "$CLUSTER" --query 'taskDefinitionArns[]' --output text); do
  aws ecs deregister-task-definition --task-definition "$revision"
done

# The groups: first the one whose rule names the other. The load balancer's interfaces may take a minute to go.
for name in "$CLUSTER-instance" "$CLUSTER-alb"; do
  group=$(aws ec2 describe-security-groups --filters "Name=group-name,Values=$name" \
    --query 'SecurityGroups[0].GroupId' --output text)
  for try in 1 2 3 4 5 6 7 8; do
    aws ec2 delete-security-group --group-id "$group" && break
    sleep 15
  done
done

# The role.
aws iam remove-role-from-instance-profile --instance-profile-name "$CLUSTER-instance" --role-name "$CLUSTER-instance"
aws iam delete-instance-profile --instance-profile-name "$CLUSTER-instance"
aws iam detach-role-policy --role-name "$CLUSTER-instance" \
  --policy-arn arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role
aws iam delete-role --role-name "$CLUSTER-instance"
