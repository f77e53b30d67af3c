. "$LAB/solution.sh"
aws ec2 terminate-instances --instance-ids "$instance"
plain=$(aws ssm get-parameter --name /aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64 \
  --query Parameter.Value --output text)
aws ec2 run-instances --image-id "$plain" --instance-type t3.micro --user-data file://user-data.sh \
  --iam-instance-profile "Name=$CLUSTER-instance" \
  --tag-specifications "ResourceType=instance,Tags=[{Key=Name,Value=$INSTANCE}]"
