. "$LAB/solution.sh"
aws iam detach-role-policy --role-name "$CLUSTER-server" \
  --policy-arn arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role
aws ecr create-repository --repository-name labs/web
aws ecr put-registry-policy --policy-text '{
  "Version": "2012-10-17",
  "Statement": [{"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "ecr:ReplicateImage", "Resource": "*"}]
}'
