# Two adjacent ranges in two security groups cover the ports. One administrator address has full access. A prefix list with
# two halves of the Internet opens the load balancer. A second instance runs some of the tasks.
. "$LAB/solution.sh"
aws ec2 revoke-security-group-ingress --group-id "$instance_group" --protocol tcp --port 32768-65535 \
  --source-group "$alb_group"
aws ec2 authorize-security-group-ingress --group-id "$instance_group" --protocol tcp --port 32768-60999 \
  --source-group "$alb_group"
aws ec2 authorize-security-group-ingress --group-id "$instance_group" --protocol=-1 --cidr 203.0.113.7/32
upper=$(aws ec2 create-security-group --group-name upper --description upper --vpc-id "$vpc" --query GroupId --output text)
aws ec2 authorize-security-group-ingress --group-id "$upper" --protocol tcp --port 61000-65535 --source-group "$alb_group"
aws ec2 modify-instance-attribute --groups "$instance_group" "$upper" --instance-id "$(aws ec2 describe-instances \
  --filters "Name=tag:Name,Values=$CLUSTER" --query 'Reservations[0].Instances[0].InstanceId' --output text)"
world=$(aws ec2 create-managed-prefix-list --prefix-list-name world --max-entries 2 --address-family IPv4 \
  --entries Cidr=0.0.0.0/1 Cidr=128.0.0.0/1 --query PrefixList.PrefixListId --output text)
aws ec2 revoke-security-group-ingress --group-id "$alb_group" --protocol tcp --port 80 --cidr 0.0.0.0/0
aws ec2 authorize-security-group-ingress --group-id "$alb_group" --ip-permissions \
  "IpProtocol=tcp,FromPort=80,ToPort=80,PrefixListIds=[{PrefixListId=$world}]"
aws ec2 run-instances --image-id "$image" --instance-type t3.small --security-group-ids "$instance_group" "$upper" \
  --iam-instance-profile "Name=$CLUSTER-instance" --user-data file://user-data.sh
aws ecs update-service --cluster "$CLUSTER" --service "$SERVICE" --desired-count 5
