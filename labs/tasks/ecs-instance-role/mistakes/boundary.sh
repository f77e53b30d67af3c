. "$LAB/solution.sh"
aws iam put-role-permissions-boundary --role-name "$CLUSTER-instance" \
  --permissions-boundary arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess
