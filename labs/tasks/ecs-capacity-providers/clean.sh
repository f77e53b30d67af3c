# The service with its tasks, and then the cluster.
aws ecs delete-service --cluster "$CLUSTER" --service "$SERVICE" --force
aws ecs wait services-inactive --cluster "$CLUSTER" --services "$SERVICE"
aws ecs delete-cluster --cluster "$CLUSTER"

# The revisions of the task definition.
for revision in $(aws ecs list-task-definitions --family-prefix "$CLUSTER" --query 'taskDefinitionArns[]' --output text); do
  aws ecs deregister-task-definition --task-definition "$revision"
done
