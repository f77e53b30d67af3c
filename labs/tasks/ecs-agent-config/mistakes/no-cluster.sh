. "$LAB/solution.sh"
aws ec2 terminate-instances --instance-ids "$instance"
aws ecs delete-cluster --cluster "$CLUSTER"
aws ec2 run-instances --image-id "$image" --instance-type t3.micro --user-data file://user-data.sh \
  --iam-instance-profile "Name=$CLUSTER-instance" \
  --tag-specifications "ResourceType=instance,Tags=[{Key=Name,Value=$INSTANCE}]"
