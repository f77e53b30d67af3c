. "$LAB/solution.sh"
aws ecs delete-service --cluster "$CLUSTER" --service "$SERVICE" --force
aws ec2 revoke-security-group-egress --group-id "$group" \
  --ip-permissions '[{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]'
aws ecs create-service --cluster "$CLUSTER" --service-name "$SERVICE" --task-definition "$CLUSTER" --desired-count 3 \
  --launch-type FARGATE --network-configuration \
  "awsvpcConfiguration={subnets=[$subnets],securityGroups=[$group],assignPublicIp=ENABLED}"
