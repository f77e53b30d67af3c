. "$LAB/solution.sh"
aws iam detach-role-policy --role-name "$CLUSTER-infrastructure" \
  --policy-arn arn:aws:iam::aws:policy/service-role/AmazonECSInfrastructureRolePolicyForVolumes
aws iam delete-role --role-name "$CLUSTER-infrastructure"
