. "$LAB/solution.sh"
aws iam put-role-policy --role-name "$FAMILY-task" --policy-name guard --policy-document '{
  "Version": "2012-10-17",
  "Statement": [{"Effect": "Deny", "Action": "s3:*", "NotResource": "arn:aws:s3:::'"$BUCKET"'"}]
}'
