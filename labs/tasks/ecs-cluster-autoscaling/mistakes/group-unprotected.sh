. "$LAB/solution.sh"
aws autoscaling update-auto-scaling-group --auto-scaling-group-name "$CLUSTER" \
  --no-new-instances-protected-from-scale-in
