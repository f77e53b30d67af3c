. "$LAB/mistakes/tags-only.sh"
aws iam put-role-policy --role-name "$CLUSTER-server" --policy-name register --policy-document '{
  "Version": "2012-10-17",
  "Statement": [{"Effect": "Allow", "Action": "ecs:*", "Resource": "*"}]
}'
