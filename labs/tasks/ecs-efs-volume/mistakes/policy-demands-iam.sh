. "$LAB/solution.sh"
account=$(aws sts get-caller-identity --query Account --output text)
aws efs put-file-system-policy --file-system-id "$fs" --policy '{
  "Version": "2012-10-17",
  "Statement": [{
    "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::'"$account"':root"},
    "Action": ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"], "Resource": "*"
  }]
}'
for service in "$WRITER" "$READER"; do
  aws ecs update-service --cluster "$CLUSTER" --service "$service" --desired-count 0
  aws ecs update-service --cluster "$CLUSTER" --service "$service" --desired-count 2
done
