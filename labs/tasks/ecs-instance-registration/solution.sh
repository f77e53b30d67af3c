# The causes: the first AMI has no agent, the second role is not allowed to register, the third script stops the agent.
while read -r name cause; do
  instance=$(aws ec2 describe-instances --query 'Reservations[0].Instances[0].InstanceId' --output text \
    --filters "Name=tag:Name,Values=$name" Name=instance-state-name,Values=running < /dev/null)
  aws ec2 create-tags --resources "$instance" --tags "Key=$TAG,Value=$cause" < /dev/null
done <<EOF
$A ami
$B iam
$C agent
EOF

# The repair: only the role can be fixed without access to the instance. The agent tries again automatically.
aws iam attach-role-policy --role-name "$CLUSTER-server" \
  --policy-arn arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role
for try in $(seq 60); do
  [ "$(aws ecs describe-clusters --clusters "$CLUSTER" \
    --query 'clusters[0].registeredContainerInstancesCount' --output text)" -ge 1 ] && break
  sleep 5
done
