. "$LAB/solution.sh"
aws ec2 revoke-security-group-ingress --group-id "$alb_group" --protocol tcp --port 80 --cidr 0.0.0.0/0
aws ec2 authorize-security-group-ingress --group-id "$alb_group" --protocol tcp --port 80 --cidr 10.0.0.0/8
