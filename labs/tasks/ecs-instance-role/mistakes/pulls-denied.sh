. "$LAB/solution.sh"
aws iam put-role-policy --role-name "$CLUSTER-instance" --policy-name lockdown --policy-document '{
  "Version": "2012-10-17",
  "Statement": [{"Effect": "Deny", "Action": "ecr:Batch*", "Resource": "*"}]
}'
aws ecr create-repository --repository-name labs/web
aws ecr put-registry-policy --policy-text '{
  "Version": "2012-10-17",
  "Statement": [{"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "ecr:ReplicateImage", "Resource": "*"}]
}'
