# The role is allowed to pull from repositories with the tag of its team. The registry policy allows another account to replicate.
account=$(aws sts get-caller-identity --query Account --output text)
region=$(aws ec2 describe-availability-zones --query 'AvailabilityZones[0].RegionName' --output text)
aws ecr create-repository --repository-name labs/web --tags Key=team,Value=web
. <(sed "s#public.ecr.aws/docker/library/nginx:stable#$account.dkr.ecr.$region.amazonaws.com/labs/web:v1#" "$LAB/solution.sh")
aws iam detach-role-policy --role-name "$FAMILY-execution" \
  --policy-arn arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy
aws iam tag-role --role-name "$FAMILY-execution" --tags Key=team,Value=web
aws iam put-role-policy --role-name "$FAMILY-execution" --policy-name execution --policy-document '{
  "Version": "2012-10-17",
  "Statement": [
    {"Effect": "Allow", "Action": ["ecr:GetAuthorizationToken", "logs:CreateLogStream", "logs:PutLogEvents"], "Resource": "*"},
    {"Effect": "Allow", "Action": ["ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"], "Resource": "*",
     "Condition": {"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}}
  ]
}'
aws ecr put-registry-policy --policy-text '{
  "Version": "2012-10-17",
  "Statement": [{"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": ["ecr:CreateRepository", "ecr:ReplicateImage"],
    "Resource": "arn:aws:ecr:'"$region:$account"':repository/*"}]
}'
