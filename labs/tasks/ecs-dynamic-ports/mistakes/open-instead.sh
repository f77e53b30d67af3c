. "$LAB/solution.sh"
aws ec2 revoke-security-group-ingress --group-id "$instance_group" --protocol tcp --port 32768-65535 \
  --source-group "$alb_group"
aws ec2 authorize-security-group-ingress --group-id "$instance_group" --protocol=-1 --cidr 0.0.0.0/0
