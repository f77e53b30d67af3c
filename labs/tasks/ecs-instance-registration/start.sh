. "$LAB/../retry.sh"

# A cluster, and two roles for instances, each in an instance profile with the same name.
aws ecs create-cluster --cluster-name "$CLUSTER"
for role in "$CLUSTER-host" "$CLUSTER-server"; do
  aws iam create-role --role-name "$role" --assume-role-policy-document '{
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]
  }'
  aws iam create-instance-profile --instance-profile-name "$role"
  aws iam add-role-to-instance-profile --instance-profile-name "$role" --role-name "$role"
done
aws iam attach-role-policy --role-name "$CLUSTER-host" \
  --policy-arn arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role
aws iam attach-role-policy --role-name "$CLUSTER-server" \
  --policy-arn arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore

# A security group in the default VPC. It allows all outbound traffic and has no inbound rules.
vpc=$(aws ec2 describe-vpcs --filters Name=is-default,Values=true --query 'Vpcs[].VpcId' --output text)
: "${vpc:?there is no default VPC in this region: aws ec2 create-default-vpc makes one}"
group=$(aws ec2 create-security-group --group-name "$CLOSED" --vpc-id "$vpc" \
  --description "Instances of $CLUSTER without inbound rules" --query GroupId --output text)

# Three instances.
ecs=$(aws ssm get-parameter --name /aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id \
  --query Parameter.Value --output text)
linux=$(aws ssm get-parameter --name /aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64 \
  --query Parameter.Value --output text)
cat > join.sh <<EOF
#!/bin/bash
mkdir -p /etc/ecs
echo ECS_CLUSTER=$CLUSTER >> /etc/ecs/ecs.config
EOF
cat > join-later.sh <<EOF
#!/bin/bash
mkdir -p /etc/ecs
echo ECS_CLUSTER=$CLUSTER >> /etc/ecs/ecs.config
# The agent starts later, after hardening.
systemctl mask --now ecs
EOF
while read -r name image profile boot; do
  retry_while 'Invalid IAM Instance Profile' \
    aws ec2 run-instances --image-id "$image" --instance-type t3.micro --security-group-ids "$group" \
    --iam-instance-profile "Name=$profile" --user-data "file://$boot" \
    --tag-specifications "ResourceType=instance,Tags=[{Key=Name,Value=$name}]" < /dev/null
done <<EOF
$A $linux $CLUSTER-host join.sh
$B $ecs $CLUSTER-server join.sh
$C $ecs $CLUSTER-host join-later.sh
EOF
