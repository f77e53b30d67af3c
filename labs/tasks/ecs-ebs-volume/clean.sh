. "$LAB/../retry.sh"
set +e # continue if a resource no longer exists

# The service, and the cluster when its last task has stopped. ECS deletes the volume of each task.
aws ecs delete-service --cluster "$CLUSTER" --service "$SERVICE" --force
aws ecs wait services-inactive --cluster "$CLUSTER" --services "$SERVICE"
retry_while 'ClusterContains|UpdateInProgress' aws ecs delete-cluster --cluster "$CLUSTER"

# The revisions of the task definition.
for revision in $(aws ecs list-task-definitions --family-prefix "$FAMILY" --query 'taskDefinitionArns[]' --output text); do
  aws ecs deregister-task-definition --task-definition "$revision"
done

# The role, after ECS has used it to delete the last volume.
for try in $(seq 60); do
  [ -z "$(aws ec2 describe-volumes --filters "Name=tag:AmazonECSCreated,Values=arn:*:task/$CLUSTER/*" \
    --query 'Volumes[].VolumeId' --output text)" ] && break
  sleep 5
done
aws iam detach-role-policy --role-name "$CLUSTER-infrastructure" \
  --policy-arn arn:aws:iam::aws:policy/service-role/AmazonECSInfrastructureRolePolicyForVolumes
aws iam delete-role --role-name "$CLUSTER-infrastructure"

true # `labs clean` reports the resources that are left
