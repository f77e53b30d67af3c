. "$LAB/solution.sh"
group=$(aws ec2 describe-security-groups --filters "Name=group-name,Values=$CLOSED" --query 'SecurityGroups[0].GroupId' \
  --output text)
aws ec2 authorize-security-group-ingress --group-id "$group" --protocol tcp --port 443 --cidr 0.0.0.0/0
