. "$LAB/solution.sh"
aws ec2 terminate-instances --instance-ids $(aws ec2 describe-instances --query 'Reservations[0].Instances[].InstanceId' \
  --filters Name=instance-state-name,Values=running "Name=subnet-id,Values=${subnets##*[[:space:]]}" --output text)
