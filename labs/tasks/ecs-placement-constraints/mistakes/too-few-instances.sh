. "$LAB/solution.sh"
aws ec2 terminate-instances --instance-ids $(aws ec2 describe-instances --query 'Reservations[].Instances[].InstanceId' \
  --filters Name=instance-state-name,Values=running Name=instance-type,Values=t3.micro --output text)
