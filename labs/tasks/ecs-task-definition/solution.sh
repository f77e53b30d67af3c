# The log group.
aws logs create-log-group --log-group-name "/ecs/$FAMILY"

# The execution role: ECS tasks can assume it, and an AWS managed policy allows it to pull and to write logs.
aws iam create-role --role-name "$FAMILY-execution" --assume-role-policy-document '{
  "Version": "2012-10-17",
  "Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}]
}'
aws iam attach-role-policy --role-name "$FAMILY-execution" \
  --policy-arn arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy

# The task definition for Fargate. The image can also be your own, pushed with Docker: the repository URI and the tag.
role=$(aws iam get-role --role-name "$FAMILY-execution" --query Role.Arn --output text)
region=$(aws ec2 describe-availability-zones --query 'AvailabilityZones[0].RegionName' --output text)
aws ecs register-task-definition --family "$FAMILY" --requires-compatibilities FARGATE --network-mode awsvpc \
  --cpu 256 --memory 512 --execution-role-arn "$role" --container-definitions '[{
    "name": "'"$CONTAINER"'",
    "image": "public.ecr.aws/docker/library/nginx:stable",
    "essential": true,
    "portMappings": [{"containerPort": '"$PORT"', "protocol": "tcp"}],
    "logConfiguration": {"logDriver": "awslogs", "options": {
      "awslogs-group": "/ecs/'"$FAMILY"'", "awslogs-region": "'"$region"'", "awslogs-stream-prefix": "web"}}
  }]'
