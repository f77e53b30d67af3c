. "$LAB/solution.sh"
account=$(aws sts get-caller-identity --query Account --output text)
aws iam create-policy --policy-name AmazonEC2ContainerServiceforEC2Role --path /service-role/ --policy-document '{
  "Version": "2012-10-17",
  "Statement": [{"Effect": "Allow", "Action": ["ecs:*", "ecr:*"], "Resource": "*"}]
}'
aws iam detach-role-policy --role-name "$CLUSTER-instance" \
  --policy-arn arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role
aws iam attach-role-policy --role-name "$CLUSTER-instance" \
  --policy-arn "arn:aws:iam::$account:policy/service-role/AmazonEC2ContainerServiceforEC2Role"
