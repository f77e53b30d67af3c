# The repository policy allows the role to pull. The policies of the role allow only the login.
account=$(aws sts get-caller-identity --query Account --output text)
region=$(aws ec2 describe-availability-zones --query 'AvailabilityZones[0].RegionName' --output text)
aws ecr create-repository --repository-name labs/web --tags Key=team,Value=web
. <(sed "s#public.ecr.aws/docker/library/nginx:stable#$account.dkr.ecr.$region.amazonaws.com/labs/web:v1#" "$LAB/solution.sh")
aws iam detach-role-policy --role-name "$FAMILY-execution" \
  --policy-arn arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy
aws iam put-role-policy --role-name "$FAMILY-execution" --policy-name execution --policy-document '{
  "Version": "2012-10-17",
  "Statement": [{"Effect": "Allow", "Resource": "*",
    "Action": ["ecr:GetAuthorizationToken", "logs:CreateLogStream", "logs:PutLogEvents"]}]
}'
aws ecr set-repository-policy --repository-name labs/web --policy-text '{
  "Version": "2012-10-17",
  "Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::'"$account"':role/'"$FAMILY"'-execution"},
    "Action": ["ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"]}]
}'
