. "$LAB/solution.sh"
aws ecs update-capacity-provider --name "$PROVIDER" --auto-scaling-group-provider '{
  "managedScaling": {"status": "ENABLED", "targetCapacity": 100}
}'
