. "$LAB/solution.sh"
aws autoscaling update-auto-scaling-group --auto-scaling-group-name "$CLUSTER" --max-size 1
