# Two running instances have the name: an old one that meets no objective, and the one that counts.
plain=$(aws ssm get-parameter --name /aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64 \
  --query Parameter.Value --output text)
aws ec2 run-instances --image-id "$plain" --instance-type t3.micro \
  --tag-specifications "ResourceType=instance,Tags=[{Key=Name,Value=$INSTANCE}]"
. "$LAB/solution.sh"
