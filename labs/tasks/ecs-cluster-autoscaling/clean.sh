# The cluster lets go of the provider; without the provider, nobody grows the group again.
aws ecs put-cluster-capacity-providers --cluster "$CLUSTER" --capacity-providers \
  --default-capacity-provider-strategy
aws ecs delete-capacity-provider --capacity-provider "$PROVIDER"

# The group with its instances, protected or not, and what the cluster still knows of them.
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
aws ecs delete-cluster --cluster "$CLUSTER"

# The role.
aws iam remove-role-from-instance-profile --instance-profile-name "$CLUSTER-instance" --role-name "$CLUSTER-instance"
aws iam delete-instance-profile --instance-profile-name "$CLUSTER-instance"
aws iam detach-role-policy --role-name "$CLUSTER-instance" \
  --policy-arn arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role
aws iam delete-role --role-name "$CLUSTER-instance"
