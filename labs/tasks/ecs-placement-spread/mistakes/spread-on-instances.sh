. "$LAB/solution.sh"
aws ec2 run-instances --image-id "$image" --instance-type t3.micro --subnet-id "${subnets%%[[:space:]]*}" \
  --iam-instance-profile "Name=$CLUSTER-instance" --user-data file://user-data.sh
aws ecs update-service --cluster "$CLUSTER" --service "$SERVICE" --force-new-deployment \
  --availability-zone-rebalancing DISABLED \
  --placement-strategy type=spread,field=instanceId
