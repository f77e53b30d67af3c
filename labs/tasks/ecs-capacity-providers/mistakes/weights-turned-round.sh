. "$LAB/solution.sh"
aws ecs put-cluster-capacity-providers --cluster "$CLUSTER" --capacity-providers FARGATE FARGATE_SPOT \
  --default-capacity-provider-strategy capacityProvider=FARGATE,base=1,weight=3 capacityProvider=FARGATE_SPOT,weight=1
