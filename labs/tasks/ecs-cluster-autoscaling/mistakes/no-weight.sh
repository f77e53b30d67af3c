. "$LAB/solution.sh"
retry_while 'UpdateInProgress' \
  aws ecs put-cluster-capacity-providers --cluster "$CLUSTER" --capacity-providers "$PROVIDER" \
  --default-capacity-provider-strategy "capacityProvider=$PROVIDER"
