. "$LAB/solution.sh"
aws ecs update-capacity-provider --name "$PROVIDER" --auto-scaling-group-provider '{
  "managedScaling": {"status": "DISABLED", "targetCapacity": 80}, "managedTerminationProtection": "DISABLED"
}'
