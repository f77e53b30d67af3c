. "$LAB/solution.sh"
aws iam put-role-policy --role-name "$FAMILY-execution" --policy-name environment-files --policy-document '{
  "Version": "2012-10-17",
  "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::'"$BUCKET"'/env/*"}]
}'
