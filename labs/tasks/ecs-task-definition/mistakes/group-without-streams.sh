. "$LAB/mistakes/pull-only.sh"
aws iam put-role-policy --role-name "$FAMILY-execution" --policy-name logs --policy-document '{
  "Version": "2012-10-17",
  "Statement": [{"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
    "Resource": "arn:aws:logs:*:*:log-group:/ecs/'"$FAMILY"'"}]
}'
