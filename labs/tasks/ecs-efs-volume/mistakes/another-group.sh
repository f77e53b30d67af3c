. "$LAB/solution.sh"
other=$(aws ec2 create-security-group --vpc-id "$vpc" --group-name other --description other --query GroupId --output text)
aws ec2 revoke-security-group-ingress --group-id "$files" --protocol tcp --port 2049 --source-group "$tasks"
aws ec2 authorize-security-group-ingress --group-id "$files" --protocol tcp --port 2049 --source-group "$other"
