. "$LAB/solution.sh"
aws ec2 authorize-security-group-ingress --group-id "$instance_group" --protocol tcp --port 0-65535 --cidr 0.0.0.0/0
