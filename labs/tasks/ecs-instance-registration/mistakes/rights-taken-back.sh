. "$LAB/solution.sh"
aws iam detach-role-policy --role-name "$CLUSTER-server" \
  --policy-arn arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role
