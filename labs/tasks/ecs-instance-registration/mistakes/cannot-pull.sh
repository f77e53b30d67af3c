. "$LAB/mistakes/tags-only.sh"
aws iam put-role-policy --role-name "$CLUSTER-server" --policy-name register --policy-document '{
  "Version": "2012-10-17",
  "Statement": [{"Effect": "Allow", "Action": ["ecs:*", "ecr:GetAuthorizationToken"], "Resource": "*"}]
}'
aws ecr create-repository --repository-name labs/web
aws ecr put-registry-policy --policy-text '{
  "Version": "2012-10-17",
  "Statement": [{"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "ecr:ReplicateImage", "Resource": "*"}]
}'
