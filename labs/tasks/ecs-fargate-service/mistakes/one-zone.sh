. "$LAB/solution.sh"
zone=$(aws ec2 describe-subnets --subnet-ids "${subnets%,*}" --query 'Subnets[0].AvailabilityZone' --output text)
second=$(aws ec2 create-subnet --vpc-id "$vpc" --cidr-block 172.31.240.0/24 --availability-zone "$zone" \
  --query Subnet.SubnetId --output text)
aws ecs update-service --cluster "$CLUSTER" --service "$SERVICE" --force-new-deployment --network-configuration \
  "awsvpcConfiguration={subnets=[${subnets%,*},$second],securityGroups=[$group],assignPublicIp=ENABLED}"
