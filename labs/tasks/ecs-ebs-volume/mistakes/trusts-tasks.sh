. "$LAB/solution.sh"
aws iam update-assume-role-policy --role-name "$CLUSTER-infrastructure" --policy-document '{
  "Version": "2012-10-17",
  "Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}]
}'
