. "$LAB/solution.sh"
aws ec2 revoke-security-group-egress --group-id "$tasks" \
  --ip-permissions 'IpProtocol=-1,IpRanges=[{CidrIp=0.0.0.0/0}]'
for service in "$WRITER" "$READER"; do
  aws ecs update-service --cluster "$CLUSTER" --service "$service" --desired-count 0
  aws ecs update-service --cluster "$CLUSTER" --service "$service" --desired-count 2
done
