. "$LAB/solution.sh"
aws autoscaling delete-auto-scaling-group --auto-scaling-group-name "$CLUSTER" --force-delete
