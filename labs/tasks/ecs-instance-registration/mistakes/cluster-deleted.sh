. "$LAB/mistakes/tags-only.sh"
aws ecs delete-cluster --cluster "$CLUSTER"
aws ecs create-cluster --cluster-name "$CLUSTER-new"
