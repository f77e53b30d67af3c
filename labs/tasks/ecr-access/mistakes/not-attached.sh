. "$LAB/solution.sh"
aws iam put-role-policy --role-name "$ROLE" --policy-name pull --policy-document '{
  "Version": "2012-10-17",
  "Statement": [{"Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"}]
}'
aws iam create-policy --policy-name pull-app --policy-document '{
  "Version": "2012-10-17",
  "Statement": [{"Effect": "Allow", "Resource": "'"$arn"'",
    "Action": ["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"]}]
}'
