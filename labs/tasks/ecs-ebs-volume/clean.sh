# The service; the disks of its tasks go with them.
aws ecs delete-service --cluster "$CLUSTER" --service "$SERVICE" --force
aws ecs wait services-inactive --cluster "$CLUSTER" --services "$SERVICE"
aws ecs delete-cluster --cluster "$CLUSTER"

# The revisions of the task definition.
for revision in $(aws ecs list-task-definitions --family-prefix "$FAMILY" --query 'taskDefinitionArns[]' --output text); do
  aws ecs deregister-task-definition --task-definition "$revision"
done

# The role, last: ECS needs it to delete the disks.
aws iam detach-role-policy --role-name "$CLUSTER-infrastructure" \
  --policy-arn arn:aws:iam::aws:policy/service-role/AmazonECSInfrastructureRolePolicyForVolumes
aws iam delete-role --role-name "$CLUSTER-infrastructure"
