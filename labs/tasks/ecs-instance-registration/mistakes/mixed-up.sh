. "$LAB/solution.sh"
while read -r name cause; do
  instance=$(aws ec2 describe-instances --query 'Reservations[0].Instances[0].InstanceId' --output text \
    --filters "Name=tag:Name,Values=$name" Name=instance-state-name,Values=running < /dev/null)
  aws ec2 create-tags --resources "$instance" --tags "Key=$TAG,Value=$cause" < /dev/null
done <<EOF
$B agent
$C iam
EOF
