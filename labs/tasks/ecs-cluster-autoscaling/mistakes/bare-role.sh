. "$LAB/solution.sh"
aws iam detach-role-policy --role-name "$CLUSTER-instance" \
  --policy-arn arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role
aws iam attach-role-policy --role-name "$CLUSTER-instance" \
  --policy-arn arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore
aws iam put-role-policy --role-name "$CLUSTER-instance" --policy-name tagged --policy-document '{
  "Version": "2012-10-17",
  "Statement": [{
    "Effect": "Allow", "Action": "ecs:*", "Resource": "*",
    "Condition": {"StringEquals": {"aws:PrincipalTag/team": "web"}}
  }]
}'
