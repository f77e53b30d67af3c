. "$LAB/solution.sh"
instances=$(aws ec2 describe-instances --query 'Reservations[].Instances[].InstanceId' --output text \
  --filters "Name=tag:Name,Values=$A,$B,$C" Name=instance-state-name,Values=running)
aws ec2 create-tags --resources $instances --tags "Key=$TAG,Value=security-group"
