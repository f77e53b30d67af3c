. "$LAB/solution.sh"
aws iam put-role-policy --role-name "$ROLE" --policy-name guard --policy-document '{
  "Version": "2012-10-17",
  "Statement": [{"Effect": "Deny", "Action": "ecr:BatchGetImage", "Resource": "arn:aws:ecr:*:*:repository/labs/*"}]
}'
