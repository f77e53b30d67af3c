# All traffic is allowed from anywhere. Three zones, a second group on the tasks, and services that were scaled up.
. <(sed "s/Subnets\[:2\]/Subnets[:3]/; s/-ge 2/-ge 3/; s/--desired-count 2/--desired-count 0/
  s/--protocol tcp --port 2049 --source-group \"\$tasks\"/--protocol -1 --cidr 0.0.0.0\/0/" "$LAB/solution.sh")
for service in "$WRITER" "$READER"; do
  aws ecs update-service --cluster "$CLUSTER" --service "$service" --desired-count 3
done
