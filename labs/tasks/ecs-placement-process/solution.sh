. "$LAB/../retry.sh"

# The cluster, and a role that allows its instances to register.
aws ecs create-cluster --cluster-name "$CLUSTER"

aws iam create-role --role-name "$CLUSTER-instance" --assume-role-policy-document '{
  "Version": "2012-10-17",
  "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]
}'
aws iam attach-role-policy --role-name "$CLUSTER-instance" \
  --policy-arn arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role
aws iam create-instance-profile --instance-profile-name "$CLUSTER-instance"
aws iam add-role-to-instance-profile --instance-profile-name "$CLUSTER-instance" --role-name "$CLUSTER-instance"

# Four instances of three types.
image=$(aws ssm get-parameter --name /aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id \
  --query Parameter.Value --output text)
cat > user-data.sh <<END
#!/bin/bash
echo ECS_CLUSTER=$CLUSTER >> /etc/ecs/ecs.config
END
for type in t3.medium t3.medium ${TYPES//,/ }; do
  retry_while 'Invalid IAM Instance Profile' \
    aws ec2 run-instances --image-id "$image" --instance-type "$type" \
    --iam-instance-profile "Name=$CLUSTER-instance" --user-data file://user-data.sh \
    --tag-specifications "ResourceType=instance,Tags=[{Key=Name,Value=$CLUSTER}]"
done

# Wait until all four are registered.
for try in $(seq 60); do
  [ "$(aws ecs describe-clusters --clusters "$CLUSTER" \
    --query 'clusters[0].registeredContainerInstancesCount' --output text)" -ge 4 ] && break
  sleep 5
done

# Set the attribute on the two larger instances.
for instance in $(aws ecs list-container-instances --cluster "$CLUSTER" \
  --filter "attribute:ecs.instance-type in [$TYPES]" --query 'containerInstanceArns[]' --output text); do
  aws ecs put-attributes --cluster "$CLUSTER" \
    --attributes "name=$ATTRIBUTE,value=$VALUE,targetType=container-instance,targetId=$instance"
done

# Step 1: the resources that the task reserves. Step 2: the constraint on the instances.
aws ecs register-task-definition --family "$FAMILY" --requires-compatibilities EC2 --container-definitions '[
  {"name": "app", "image": "public.ecr.aws/docker/library/nginx:stable", "cpu": 512, "memory": 4096,
   "portMappings": [{"containerPort": 80, "hostPort": 8080}]}
]' --placement-constraints "[{\"type\": \"memberOf\", \"expression\": \"attribute:$ATTRIBUTE == $VALUE\"}]"

# Step 3: the strategy that ranks the instances that are left. Then ECS places the task.
aws ecs run-task --cluster "$CLUSTER" --task-definition "$FAMILY" --started-by "$STARTED_BY" \
  --placement-strategy type=binpack,field=memory
