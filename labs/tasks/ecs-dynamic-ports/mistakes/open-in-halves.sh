. "$LAB/solution.sh"
aws ec2 authorize-security-group-ingress --group-id "$instance_group" --protocol tcp --port 32768-61000 --cidr 0.0.0.0/1
aws ec2 authorize-security-group-ingress --group-id "$instance_group" --protocol tcp --port 49153-65535 --cidr 128.0.0.0/1
