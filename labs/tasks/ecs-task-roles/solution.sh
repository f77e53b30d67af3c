# Both roles can be put on by ECS tasks only.
trust='{
  "Version": "2012-10-17",
  "Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}]
}'
aws iam create-role --role-name "$FAMILY-task" --assume-role-policy-document "$trust"
aws iam create-role --role-name "$FAMILY-execution" --assume-role-policy-document "$trust"

# The application reads objects of one bucket; /* stands for the objects, without it the bucket is meant.
aws iam put-role-policy --role-name "$FAMILY-task" --policy-name read-bucket --policy-document '{
  "Version": "2012-10-17",
  "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::'"$BUCKET"'/*"}]
}'

# The platform pulls and logs.
aws iam attach-role-policy --role-name "$FAMILY-execution" \
  --policy-arn arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy

# Both belong to the task definition.
task=$(aws iam get-role --role-name "$FAMILY-task" --query Role.Arn --output text)
execution=$(aws iam get-role --role-name "$FAMILY-execution" --query Role.Arn --output text)
aws ecs register-task-definition --family "$FAMILY" --requires-compatibilities FARGATE --network-mode awsvpc \
  --cpu 256 --memory 512 --task-role-arn "$task" --execution-role-arn "$execution" --container-definitions '[
    {"name": "reader", "image": "public.ecr.aws/aws-cli/aws-cli", "command": ["s3", "ls", "s3://'"$BUCKET"'"]}
  ]'
