# The service, with its tasks and their network interfaces.
aws ecs delete-service --cluster "$CLUSTER" --service "$SERVICE" --force
aws ecs wait services-inactive --cluster "$CLUSTER" --services "$SERVICE"

# The revisions of the task definition, and the cluster.
for revision in $(aws ecs list-task-definitions --family-prefix "$CLUSTER" --query 'taskDefinitionArns[]' --output text); do
  aws ecs deregister-task-definition --task-definition "$revision"
done
aws ecs delete-cluster --cluster "$CLUSTER"

# The group can go when the last interface has let go of it, which may take a minute.
group=$(aws ec2 describe-security-groups --filters "Name=group-name,Values=$CLUSTER" \
  --query 'SecurityGroups[0].GroupId' --output text)
for try in 1 2 3 4 5 6 7 8; do
  aws ec2 delete-security-group --group-id "$group" && break
  sleep 15
done
