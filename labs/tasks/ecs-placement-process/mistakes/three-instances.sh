. "$LAB/solution.sh"
aws ec2 terminate-instances --instance-ids $(aws ec2 describe-instances --filters Name=instance-type,Values=t3.medium \
  --query 'Reservations[0].Instances[].InstanceId' --output text)
