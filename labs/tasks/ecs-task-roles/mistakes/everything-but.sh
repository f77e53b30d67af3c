. "$LAB/solution.sh"
aws iam put-role-policy --role-name "$FAMILY-task" --policy-name read-bucket --policy-document '{
  "Version": "2012-10-17",
  "Statement": [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}]
}'
