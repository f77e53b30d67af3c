. "$LAB/solution.sh"
boundary=$(aws iam create-policy --policy-name logs-only --query Policy.Arn --output text --policy-document '{
  "Version": "2012-10-17",
  "Statement": [{"Effect": "Allow", "Action": "logs:*", "Resource": "*"}]
}')
aws iam put-role-permissions-boundary --role-name "$FAMILY-execution" --permissions-boundary "$boundary"
