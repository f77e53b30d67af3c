. "$LAB/solution.sh"
aws ecr put-registry-policy --policy-text '{
  "Version": "2012-10-17",
  "Statement": [{"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
    "Resource": "'"$arn"'"}]
}'
