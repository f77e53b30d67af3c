# An image in a private repository, and a role that is allowed to pull only this image and to write only these logs.
# The trust policy names the account and the Region, as AWS recommends against the confused deputy problem.
account=$(aws sts get-caller-identity --query Account --output text)
region=$(aws ec2 describe-availability-zones --query 'AvailabilityZones[0].RegionName' --output text)
aws ecr create-repository --repository-name labs/web
aws logs create-log-group --log-group-name "$FAMILY"
aws iam create-role --path /service/ --role-name starter --assume-role-policy-document '{
  "Version": "2012-10-17",
  "Statement": [{"Effect": "Allow", "Principal": {"Service": ["ecs-tasks.amazonaws.com"]}, "Action": "sts:AssumeRole",
    "Condition": {"StringEquals": {"aws:SourceAccount": "'"$account"'"},
      "ArnLike": {"aws:SourceArn": "arn:aws:ecs:'"$region:$account"':*"}}}]
}'
aws iam put-role-policy --role-name starter --policy-name starter --policy-document '{
  "Version": "2012-10-17",
  "Statement": [
    {"Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"},
    {"Effect": "Allow", "Action": ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
     "Resource": "arn:aws:ecr:'"$region:$account"':repository/labs/web",
     "Condition": {"StringEquals": {"aws:RequestedRegion": "'"$region"'"}}},
    {"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
     "Resource": "arn:aws:logs:'"$region:$account"':log-group:'"$FAMILY"':*"}
  ]
}'

# The largest size, explicit host ports, several ports and containers, and both compatibilities.
cat > task.json <<END
{
  "family": "$FAMILY",
  "requiresCompatibilities": ["EC2", "FARGATE"],
  "networkMode": "awsvpc",
  "cpu": "16 vCPU", "memory": "32 GB",
  "executionRoleArn": "arn:aws:iam::$account:role/service/starter",
  "volumes": [{"name": "shared", "host": {}}],
  "containerDefinitions": [
    {"name": "init", "image": "public.ecr.aws/docker/library/busybox", "essential": false,
     "mountPoints": [{"sourceVolume": "shared", "containerPath": "/site"}]},
    {"name": "$CONTAINER", "image": "$account.dkr.ecr.$region.amazonaws.com/labs/web:v1",
     "portMappings": [{"containerPort": 8443, "hostPort": 8443}, {"containerPort": $PORT, "hostPort": $PORT, "protocol": "tcp"}],
     "logConfiguration": {"logDriver": "awslogs", "options": {
       "awslogs-group": "$FAMILY", "awslogs-region": "$region", "awslogs-stream-prefix": "ecs", "mode": "non-blocking"}}}
  ]
}
END
aws ecs register-task-definition --cli-input-json file://task.json
