# There are t3 instances only, so that the expression has nothing to leave out.
. "$LAB/solution.sh"
aws ec2 terminate-instances --instance-ids $(aws ec2 describe-instances --query 'Reservations[].Instances[].InstanceId' \
  --filters Name=instance-state-name,Values=running Name=instance-type,Values=t3a.small --output text)
launch t3.small
