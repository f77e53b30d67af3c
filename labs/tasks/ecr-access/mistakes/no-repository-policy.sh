. "$LAB/solution.sh"
aws ecr delete-repository-policy --repository-name "$REPOSITORY"
aws iam put-role-policy --role-name "$ROLE" --policy-name partner --policy-document '{
  "Version": "2012-10-17",
  "Statement": [{"Effect": "Allow", "Action": "ecr:BatchGetImage", "Resource": "'"$arn"'",
    "Condition": {"StringEquals": {"aws:PrincipalAccount": "'"$PARTNER"'"}}}]
}'
