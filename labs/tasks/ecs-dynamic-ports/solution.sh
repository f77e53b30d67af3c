. "$LAB/../retry.sh"

# The service-linked role of ECS. A new account does not have it; in others, this call fails.
aws iam create-service-linked-role --aws-service-name ecs.amazonaws.com || true

# Two security groups: port 80 of the load balancer is open to the Internet, the ephemeral ports only to the load balancer.
vpc=$(aws ec2 describe-vpcs --filters Name=is-default,Values=true --query 'Vpcs[].VpcId' --output text)
: "${vpc:?there is no default VPC in this region: aws ec2 create-default-vpc makes one}"
alb_group=$(aws ec2 create-security-group --group-name "$CLUSTER-alb" --description "Load balancer" --vpc-id "$vpc" \
  --query GroupId --output text)
aws ec2 authorize-security-group-ingress --group-id "$alb_group" --protocol tcp --port 80 --cidr 0.0.0.0/0
instance_group=$(aws ec2 create-security-group --group-name "$CLUSTER-instance" --description "Container instance" \
  --vpc-id "$vpc" --query GroupId --output text)
aws ec2 authorize-security-group-ingress --group-id "$instance_group" --protocol tcp --port 32768-65535 \
  --source-group "$alb_group"

# The cluster with one instance.
aws ecs create-cluster --cluster-name "$CLUSTER"
aws iam create-role --role-name "$CLUSTER-instance" --assume-role-policy-document '{
  "Version": "2012-10-17",
  "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]
}'
aws iam attach-role-policy --role-name "$CLUSTER-instance" \
  --policy-arn arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role
aws iam create-instance-profile --instance-profile-name "$CLUSTER-instance"
aws iam add-role-to-instance-profile --instance-profile-name "$CLUSTER-instance" --role-name "$CLUSTER-instance"
image=$(aws ssm get-parameter --name /aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id \
  --query Parameter.Value --output text)
cat > user-data.sh <<END
#!/bin/bash
echo ECS_CLUSTER=$CLUSTER >> /etc/ecs/ecs.config
END
retry_while 'Invalid IAM Instance Profile' \
  aws ec2 run-instances --image-id "$image" --instance-type t3.small --security-group-ids "$instance_group" \
  --iam-instance-profile "Name=$CLUSTER-instance" --user-data file://user-data.sh \
  --tag-specifications "ResourceType=instance,Tags=[{Key=Name,Value=$CLUSTER}]"
for try in $(seq 60); do
  [ "$(aws ecs describe-clusters --clusters "$CLUSTER" \
    --query 'clusters[0].registeredContainerInstancesCount' --output text)" -ge 1 ] && break
  sleep 5
done

# The load balancer, its listener, and a target group of instances.
subnets=$(aws ec2 describe-subnets --filters "Name=vpc-id,Values=$vpc" Name=default-for-az,Values=true \
  --query 'Subnets[].SubnetId' --output text)
balancer=$(aws elbv2 create-load-balancer --name "$CLUSTER" --type application --scheme internet-facing \
  --subnets $subnets --security-groups "$alb_group" --query 'LoadBalancers[0].LoadBalancerArn' --output text)
group=$(aws elbv2 create-target-group --name "$CLUSTER" --protocol HTTP --port 80 --vpc-id "$vpc" \
  --target-type instance --query 'TargetGroups[0].TargetGroupArn' --output text)
listener=$(aws elbv2 create-listener --load-balancer-arn "$balancer" --protocol HTTP --port 80 \
  --default-actions "Type=forward,TargetGroupArn=$group" --query 'Listeners[0].ListenerArn' --output text)

# The task definition has host port 0, and the service registers two tasks.
aws ecs register-task-definition --family "$CLUSTER" --network-mode bridge --requires-compatibilities EC2 \
  --container-definitions '[
    {"name": "web", "image": "public.ecr.aws/docker/library/nginx:stable", "cpu": 128, "memory": 128,
     "portMappings": [{"containerPort": 80, "hostPort": 0}]}
  ]'
retry_while 'service linked role' \
  aws ecs create-service --cluster "$CLUSTER" --service-name "$SERVICE" --task-definition "$CLUSTER" --desired-count 2 \
  --load-balancers "targetGroupArn=$group,containerName=web,containerPort=80"
aws ecs wait services-stable --cluster "$CLUSTER" --services "$SERVICE"
