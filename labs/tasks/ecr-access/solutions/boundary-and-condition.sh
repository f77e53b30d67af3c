# A permissions boundary limits a role with a broad policy. A condition limits Principal * to the partner.
aws ecr create-repository --repository-name "$REPOSITORY"
arn=$(aws ecr describe-repositories --repository-names "$REPOSITORY" --query 'repositories[0].repositoryArn' --output text)
cat > pull.json <<END
{"Version": "2012-10-17", "Statement": [
  {"Effect": "Allow", "Action": "ECR:GetAuthorizationToken", "Resource": "*"},
  {"Effect": "Allow", "Action": ["ecr:batchgetimage", "ecr:BatchCheck*", "ecr:GetDownloadUrlFor*"], "Resource": ["$arn"],
   "Condition": {"StringEquals": {"aws:RequestedRegion": "$(echo "$arn" | cut -d: -f4)"}}}
]}
END
boundary=$(aws iam create-policy --policy-name hosts-boundary --policy-document file://pull.json --query Policy.Arn --output text)
aws iam create-role --role-name "$ROLE" --permissions-boundary "$boundary" --assume-role-policy-document '{
  "Version": "2012-10-17",
  "Statement": [{"Sid": "", "Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": ["sts:AssumeRole"]}]
}'
aws iam attach-role-policy --role-name "$ROLE" --policy-arn arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryFullAccess
aws ecr set-repository-policy --repository-name "$REPOSITORY" --policy-text '{
  "Version": "2012-10-17",
  "Statement": [
    {"Effect": "Allow", "Principal": "*",
     "Action": ["ecr:BatchGetImage", "ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer"],
     "Condition": {"StringEquals": {"aws:PrincipalAccount": "'"$PARTNER"'"}}}
  ]
}'
