# Only ECS tasks can assume the two roles.
trust='{
  "Version": "2012-10-17",
  "Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}]
}'
aws iam create-role --role-name "$FAMILY-task" --assume-role-policy-document "$trust"
aws iam create-role --role-name "$FAMILY-execution" --assume-role-policy-document "$trust"

# The application reads the objects of one bucket. The ARN with /* is for the objects, the ARN without it for the bucket.
aws iam put-role-policy --role-name "$FAMILY-task" --policy-name read-bucket --policy-document '{
  "Version": "2012-10-17",
  "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::'"$BUCKET"'/*"}]
}'

# ECS pulls the image and writes logs.
aws iam attach-role-policy --role-name "$FAMILY-execution" \
  --policy-arn arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy

# The task definition names both roles.
task=$(aws iam get-role --role-name "$FAMILY-task" --query Role.Arn --output text)
execution=$(aws iam get-role --role-name "$FAMILY-execution" --query Role.Arn --output text)
aws ecs register-task-definition --family "$FAMILY" --requires-compatibilities FARGATE --network-mode awsvpc \
  --cpu 256 --memory 512 --task-role-arn "$task" --execution-role-arn "$execution" --container-definitions '[
    {"name": "reader", "image": "public.ecr.aws/aws-cli/aws-cli", "command": ["s3", "ls", "s3://'"$BUCKET"'"]}
  ]'
