account=$(aws sts get-caller-identity --query Account --output text)
region=$(aws ec2 describe-availability-zones --query 'AvailabilityZones[0].RegionName' --output text)
aws ecr create-repository --repository-name labs/web --tags Key=team,Value=web
. <(sed "s#public.ecr.aws/docker/library/nginx:stable#$account.dkr.ecr.$region.amazonaws.com/labs/web:v1#" "$LAB/solution.sh")
aws ecr set-repository-policy --repository-name labs/web --policy-text '{
  "Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "ecr:GetDownloadUrlForLayer"}]
}'
