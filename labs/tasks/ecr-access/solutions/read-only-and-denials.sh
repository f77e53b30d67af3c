# A managed policy for all repositories, limited to one by a deny. Two statements name the partner by its account ID.
account=$(aws sts get-caller-identity --query Account --output text)
for name in "$REPOSITORY" "$REPOSITORY-too"; do aws ecr create-repository --repository-name "$name"; done
arn=$(aws ecr describe-repositories --repository-names "$REPOSITORY" --query 'repositories[0].repositoryArn' --output text)
aws iam create-role --path /hosts/ --role-name "$ROLE" --assume-role-policy-document '{
  "Version": "2012-10-17",
  "Statement": {"Effect": "Allow", "Principal": {"Service": ["ec2.amazonaws.com", "ecs-tasks.amazonaws.com"]}, "Action": "sts:*"}
}'
aws iam attach-role-policy --role-name "$ROLE" --policy-arn arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly
aws iam put-role-policy --role-name "$ROLE" --policy-name only-one --policy-document '{
  "Version": "2012-10-17",
  "Statement": [
    {"Effect": "Deny", "Action": ["ecr:Batch*", "ecr:GetDownloadUrlForLayer"], "NotResource": "'"$arn"'"}
  ]
}'
aws ecr set-repository-policy --repository-name "$REPOSITORY" --policy-text '{
  "Version": "2008-10-17",
  "Statement": [
    {"Sid": "Manifests", "Effect": "Allow", "Principal": {"AWS": ["'"$PARTNER"'"]}, "Action": "ecr:BatchGetImage"},
    {"Sid": "Layers", "Effect": "Allow", "Principal": {"AWS": "'"$PARTNER"'"},
     "Action": ["ecr:GetDownloadUrlForLayer", "ecr:BatchCheckLayerAvailability"]},
    {"Sid": "Encrypted", "Effect": "Deny", "Principal": "*", "Action": "ecr:*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
  ]
}'
