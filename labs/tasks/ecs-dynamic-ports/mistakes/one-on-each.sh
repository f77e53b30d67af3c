. "$LAB/solution.sh"
aws ec2 run-instances --image-id "$image" --instance-type t3.small --security-group-ids "$instance_group" \
  --iam-instance-profile "Name=$CLUSTER-instance" --user-data file://user-data.sh
aws ecs update-service --cluster "$CLUSTER" --service "$SERVICE" --desired-count 0
aws ecs update-service --cluster "$CLUSTER" --service "$SERVICE" --desired-count 2
