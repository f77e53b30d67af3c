. "$LAB/solution.sh"
aws ecs put-cluster-capacity-providers --cluster "$CLUSTER" --capacity-providers --default-capacity-provider-strategy
