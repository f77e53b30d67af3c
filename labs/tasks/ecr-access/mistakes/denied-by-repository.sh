. "$LAB/solution.sh"
aws ecr set-repository-policy --repository-name "$REPOSITORY" --policy-text '{
  "Version": "2012-10-17",
  "Statement": [
    {"Effect": "Allow", "Principal": {"AWS": "'"$PARTNER"'"},
     "Action": ["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"]},
    {"Effect": "Deny", "NotPrincipal": {"AWS": "'"$PARTNER"'"}, "Action": "ecr:*"}
  ]
}'
