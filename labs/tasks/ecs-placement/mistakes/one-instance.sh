. "$LAB/solution.sh"
instance=$(aws ec2 describe-instances --filters "Name=tag:Name,Values=$CLUSTER" Name=instance-state-name,Values=running \
  --query 'Reservations[0].Instances[0].InstanceId' --output text)
aws ec2 terminate-instances --instance-ids "$instance"
