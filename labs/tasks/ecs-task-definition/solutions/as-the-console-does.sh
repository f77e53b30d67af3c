# As the console does it: a role named ecsTaskExecutionRole, and a log group that the driver creates.
aws iam create-role --role-name ecsTaskExecutionRole --assume-role-policy-document '{
  "Version": "2008-10-17",
  "Statement": [{"Sid": "", "Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}]
}'
aws iam attach-role-policy --role-name ecsTaskExecutionRole \
  --policy-arn arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy
groups=$(aws iam create-policy --policy-name create-groups --query Policy.Arn --output text --policy-document '{
  "Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "logs:CreateLogGroup", "Resource": "*"}
}')
aws iam attach-role-policy --role-name ecsTaskExecutionRole --policy-arn "$groups"
role=$(aws iam get-role --role-name ecsTaskExecutionRole --query Role.Arn --output text)

# Two wrong revisions first: one is still ACTIVE, one was deregistered. The third revision counts.
aws ecs register-task-definition --family "$FAMILY" --container-definitions '[{"name": "old", "image": "httpd", "memory": 128}]'
aws ecs register-task-definition --family "$FAMILY" --container-definitions '[{"name": "older", "image": "httpd", "memory": 128}]'
aws ecs deregister-task-definition --task-definition "$FAMILY:2"
region=$(aws ec2 describe-availability-zones --query 'AvailabilityZones[0].RegionName' --output text)
aws ecs register-task-definition --family "$FAMILY" --requires-compatibilities FARGATE --network-mode awsvpc \
  --cpu '.25 vCPU' --memory '1 GB' --execution-role-arn "$role" --task-role-arn "$role" \
  --runtime-platform cpuArchitecture=X86_64,operatingSystemFamily=LINUX --container-definitions '[{
    "name": "'"$CONTAINER"'",
    "image": "nginx",
    "cpu": 0,
    "portMappings": [{"name": "web-http", "containerPort": '"$PORT"', "hostPort": '"$PORT"', "protocol": "tcp", "appProtocol": "http"}],
    "essential": true,
    "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "/ecs/'"$FAMILY"'", "awslogs-create-group": "true",
      "awslogs-region": "'"$region"'", "awslogs-stream-prefix": "ecs"}}
  }]'
