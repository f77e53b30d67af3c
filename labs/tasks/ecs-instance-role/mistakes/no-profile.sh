. "$LAB/solution.sh"
aws ec2 terminate-instances --instance-ids "$instance"
aws ec2 run-instances --image-id "$image" --instance-type t3.micro --user-data file://user-data.sh \
  --tag-specifications "ResourceType=instance,Tags=[{Key=Name,Value=$INSTANCE}]"
