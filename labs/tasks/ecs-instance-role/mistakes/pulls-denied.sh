. "$LAB/solution.sh"
aws iam put-role-policy --role-name "$CLUSTER-instance" --policy-name lockdown --policy-document '{
  "Version": "2012-10-17",
  "Statement": [{"Effect": "Deny", "Action": "ecr:Batch*", "Resource": "*"}]
}'
