. "$LAB/solution.sh"
aws ecs put-cluster-capacity-providers --cluster "$CLUSTER" --capacity-providers "$PROVIDER" \
  --default-capacity-provider-strategy
