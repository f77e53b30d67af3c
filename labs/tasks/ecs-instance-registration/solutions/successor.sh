. "$LAB/../retry.sh"

# A new instance with the name of the first one joins instead. Its role has only the necessary permissions, in an attached
# and an inline policy. The first instance keeps its tag, and the tag values have other spellings.
account=$(aws sts get-caller-identity --query Account --output text)
region=$(aws ec2 describe-availability-zones --query 'AvailabilityZones[0].RegionName' --output text)
id() {
  aws ec2 describe-instances --query 'Reservations[0].Instances[0].InstanceId' --output text \
    --filters "Name=tag:Name,Values=$1" Name=instance-state-name,Values=running
}
aws ec2 create-tags --resources "$(id "$A")" --tags "Key=$TAG,Value=AMI"
aws ec2 create-tags --resources "$(id "$B")" --tags "Key=$TAG,Value= iam "
aws ec2 create-tags --resources "$(id "$C")" --tags "Key=$TAG,Value=Agent" Key=team,Value=web
aws ec2 stop-instances --instance-ids "$(id "$A")"

aws iam create-role --role-name few-rights --assume-role-policy-document '{
  "Version": "2012-10-17",
  "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]
}'
aws iam put-role-policy --role-name few-rights --policy-name agent --policy-document '{
  "Version": "2012-10-17",
  "Statement": [
    {"Effect": "Allow", "Action": "ecs:DiscoverPollEndpoint", "Resource": "*"},
    {"Effect": "Allow", "Action": ["ecs:*ContainerInstance", "ecs:Submit*"], "Resource": "arn:aws:ecs:'"$region:$account:cluster/$CLUSTER"'"},
    {"Effect": "Allow", "Action": ["ecs:Poll", "ecs:StartTelemetrySession"], "Resource": "*",
     "Condition": {"ArnEquals": {"ecs:cluster": "arn:aws:ecs:'"$region:$account:cluster/$CLUSTER"'"}}}
  ]
}'
policy=$(aws iam create-policy --policy-name few-pulls --query Policy.Arn --output text --policy-document '{
  "Version": "2012-10-17",
  "Statement": [
    {"Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"},
    {"Effect": "Allow", "Action": ["ecr:BatchGetImage", "ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer"],
     "Resource": "arn:aws:ecr:'"$region:$account"':repository/shop/*"}
  ]
}')
aws iam attach-role-policy --role-name few-rights --policy-arn "$policy"
aws iam create-instance-profile --instance-profile-name few-rights
aws iam add-role-to-instance-profile --instance-profile-name few-rights --role-name few-rights

image=$(aws ssm get-parameter --name /aws/service/ecs/optimized-ami/amazon-linux-2/recommended/image_id \
  --query Parameter.Value --output text)
group=$(aws ec2 describe-security-groups --filters "Name=group-name,Values=$CLOSED" --query 'SecurityGroups[0].GroupId' \
  --output text)
printf '#!/bin/bash\necho ECS_CLUSTER=%s >> /etc/ecs/ecs.config\n' "$CLUSTER" > boot.sh
retry_while 'Invalid IAM Instance Profile' \
  aws ec2 run-instances --image-id "$image" --instance-type t3.small --security-group-ids "$group" \
  --user-data file://boot.sh --iam-instance-profile Name=few-rights \
  --tag-specifications "ResourceType=instance,Tags=[{Key=Name,Value=$A}]"
