# The service names no security group, so the default one applies. It allows all traffic from one address.
. "$LAB/solution.sh"
aws ecs delete-service --cluster "$CLUSTER" --service "$SERVICE" --force
default=$(aws ec2 describe-security-groups --filters "Name=vpc-id,Values=$vpc" Name=group-name,Values=default \
  --query 'SecurityGroups[0].GroupId' --output text)
aws ec2 authorize-security-group-ingress --group-id "$default" --ip-permissions \
  'IpProtocol=-1,IpRanges=[{CidrIp=203.0.113.7/32}]'
aws ecs put-cluster-capacity-providers --cluster "$CLUSTER" --capacity-providers FARGATE \
  --default-capacity-provider-strategy '[]'
retry_while Draining \
  aws ecs create-service --cluster "$CLUSTER" --service-name "$SERVICE" --task-definition "$CLUSTER" --desired-count 3 \
  --capacity-provider-strategy capacityProvider=FARGATE,weight=1 \
  --network-configuration "awsvpcConfiguration={subnets=[$subnets],assignPublicIp=ENABLED}"
