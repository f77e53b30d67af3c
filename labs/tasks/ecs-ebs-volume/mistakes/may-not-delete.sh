. "$LAB/solution.sh"
aws iam put-role-policy --role-name "$CLUSTER-infrastructure" --policy-name careful --policy-document '{
  "Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "ec2:Delete*", "Resource": "*"}]
}'
