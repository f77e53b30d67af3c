# The cluster has only t3 instances, so the expression leaves none out.
. "$LAB/solution.sh"
aws ec2 terminate-instances --instance-ids $(aws ec2 describe-instances --query 'Reservations[].Instances[].InstanceId' \
  --filters Name=instance-state-name,Values=running Name=instance-type,Values=t3a.small --output text)
launch t3.small
