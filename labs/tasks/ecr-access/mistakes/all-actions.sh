. "$LAB/solution.sh"
aws iam put-role-policy --role-name "$ROLE" --policy-name more --policy-document '{
  "Version": "2012-10-17",
  "Statement": [{"Effect": "Allow", "Action": "ecr:*", "Resource": "'"$arn"'"}]
}'
