. "$LAB/solution.sh"
aws ec2 revoke-security-group-ingress --group-id "$files" --protocol tcp --port 2049 --source-group "$tasks"
aws ec2 authorize-security-group-ingress --group-id "$tasks" --protocol tcp --port 2049 --cidr 0.0.0.0/0
