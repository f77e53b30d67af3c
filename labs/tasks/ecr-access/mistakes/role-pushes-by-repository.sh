. "$LAB/solution.sh"
aws ecr set-repository-policy --repository-name "$REPOSITORY" --policy-text '{"Version": "2012-10-17", "Statement": [
  {"Effect": "Allow", "Principal": {"AWS": "'"$PARTNER"'"},
   "Action": ["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"]},
  {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::'"$ACCOUNT"':role/'"$ROLE"'"},
   "Action": ["ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:CompleteLayerUpload", "ecr:PutImage"]}]}'
