. "$LAB/../retry.sh"
set +e # continue if a resource no longer exists

# The stack, if CloudFormation created the resources.
aws cloudformation delete-stack --stack-name "$CLUSTER"
aws cloudformation wait stack-delete-complete --stack-name "$CLUSTER"

# The services with their tasks, and the cluster when the last task has stopped.
for service in "$WRITER" "$READER"; do
  aws ecs delete-service --cluster "$CLUSTER" --service "$service" --force
done
aws ecs wait services-inactive --cluster "$CLUSTER" --services "$WRITER" "$READER"
retry_while 'ClusterContains|UpdateInProgress' aws ecs delete-cluster --cluster "$CLUSTER"

# The revisions of the task definitions.
for family in "$FAMILY_WRITER" "$FAMILY_READER"; do
  for revision in $(aws ecs list-task-definitions --family-prefix "$family" --query 'taskDefinitionArns[]' --output text); do
    aws ecs deregister-task-definition --task-definition "$revision"
  done
done

# The file system, after its mount targets are deleted.
for fs in $(aws efs describe-file-systems --creation-token "$CLUSTER" --query 'FileSystems[].FileSystemId' --output text); do
  for target in $(aws efs describe-mount-targets --file-system-id "$fs" --query 'MountTargets[].MountTargetId' --output text); do
    aws efs delete-mount-target --mount-target-id "$target"
  done
  retry_while FileSystemInUse aws efs delete-file-system --file-system-id "$fs"
done

# The security groups, when no network interface uses them. First the one that refers to the other.
for name in "$CLUSTER-files" "$CLUSTER-tasks"; do
  for group in $(aws ec2 describe-security-groups --filters "Name=group-name,Values=$name" \
    --query 'SecurityGroups[].GroupId' --output text); do
    retry_while DependencyViolation aws ec2 delete-security-group --group-id "$group"
  done
done

true # `labs clean` reports the resources that are left
