. "$LAB/solution.sh"
other=$(aws ec2 create-security-group --vpc-id "$vpc" --group-name other --description other --query GroupId --output text)
aws ecs update-service --cluster "$CLUSTER" --service "$READER" --network-configuration "${network/$tasks/$other}"
