. "$LAB/solution.sh"
aws iam create-role --role-name "$CLUSTER-execution" --assume-role-policy-document '{
  "Version": "2012-10-17",
  "Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}]
}'
account=$(aws sts get-caller-identity --query Account --output text)
repository=$(aws ecr create-repository --repository-name "$CLUSTER" --query repository.repositoryUri --output text)
aws ecs register-task-definition --family "$CLUSTER" --requires-compatibilities FARGATE --network-mode awsvpc \
  --cpu 256 --memory 512 --execution-role-arn "arn:aws:iam::$account:role/$CLUSTER-execution" --container-definitions "[
    {\"name\": \"web\", \"image\": \"$repository:latest\", \"portMappings\": [{\"containerPort\": 80}]}
  ]"
aws ecs delete-service --cluster "$CLUSTER" --service "$SERVICE" --force
retry_while Draining \
  aws ecs create-service --cluster "$CLUSTER" --service-name "$SERVICE" --task-definition "$CLUSTER" --desired-count 3 \
  --launch-type FARGATE --network-configuration \
  "awsvpcConfiguration={subnets=[$subnets],securityGroups=[$group],assignPublicIp=ENABLED}"
