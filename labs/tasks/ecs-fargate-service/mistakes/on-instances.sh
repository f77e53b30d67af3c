. "$LAB/solution.sh"
# Two container instances, so that tasks can run on EC2.
aws iam create-role --role-name "$CLUSTER-instance" --assume-role-policy-document '{
  "Version": "2012-10-17",
  "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]
}'
aws iam attach-role-policy --role-name "$CLUSTER-instance" \
  --policy-arn arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role
aws iam create-instance-profile --instance-profile-name "$CLUSTER-instance"
aws iam add-role-to-instance-profile --instance-profile-name "$CLUSTER-instance" --role-name "$CLUSTER-instance"
printf '#!/bin/bash\necho ECS_CLUSTER=%s >> /etc/ecs/ecs.config\n' "$CLUSTER" > user-data.sh
for subnet in ${subnets/,/ }; do
  aws ec2 run-instances --instance-type t3.large --subnet-id "$subnet" --user-data file://user-data.sh \
    --image-id resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id \
    --iam-instance-profile "Name=$CLUSTER-instance"
done

aws ecs register-task-definition --family "$CLUSTER" --network-mode awsvpc --requires-compatibilities EC2 FARGATE \
  --cpu 256 --memory 512 --container-definitions '[
    {"name": "web", "image": "public.ecr.aws/docker/library/nginx:stable", "portMappings": [{"containerPort": 80}]}
  ]'
aws ecs delete-service --cluster "$CLUSTER" --service "$SERVICE" --force
retry_while Draining \
  aws ecs create-service --cluster "$CLUSTER" --service-name "$SERVICE" --task-definition "$CLUSTER" --desired-count 3 \
  --launch-type EC2 --network-configuration "awsvpcConfiguration={subnets=[$subnets],securityGroups=[$group]}"
