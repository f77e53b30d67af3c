. "$LAB/solution.sh"
aws autoscaling suspend-processes --auto-scaling-group-name "$CLUSTER" --scaling-processes Launch
