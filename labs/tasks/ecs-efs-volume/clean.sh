# The services with their tasks, and the cluster.
aws ecs delete-service --cluster "$CLUSTER" --service "$WRITER" --force
aws ecs delete-service --cluster "$CLUSTER" --service "$READER" --force
aws ecs wait services-inactive --cluster "$CLUSTER" --services "$WRITER" "$READER"
aws ecs delete-cluster --cluster "$CLUSTER"

# The revisions of the task definitions.
for family in "$FAMILY_WRITER" "$FAMILY_READER"; do
  for revision in $(aws ecs list-task-definitions --family-prefix "$family" --query 'taskDefinitionArns[]' --output text); do
    aws ecs deregister-task-definition --task-definition "$revision"
  done
done

# The file system goes when its mount targets are gone.
for fs in $(aws efs describe-file-systems --creation-token "$CLUSTER" --query 'FileSystems[].FileSystemId' --output text); do
  for target in $(aws efs describe-mount-targets --file-system-id "$fs" --query 'MountTargets[].MountTargetId' --output text); do
    aws efs delete-mount-target --mount-target-id "$target"
  done
  until [ -z "$(aws efs describe-mount-targets --file-system-id "$fs" --query 'MountTargets[].MountTargetId' \
    --output text)" ]; do sleep 5; done
  aws efs delete-file-system --file-system-id "$fs"
done

# The security groups, once no task's network interface uses them any more; the one that names the other first.
for name in "$CLUSTER-files" "$CLUSTER-tasks"; do
  group=$(aws ec2 describe-security-groups --filters "Name=group-name,Values=$name" \
    --query 'SecurityGroups[0].GroupId' --output text)
  until aws ec2 delete-security-group --group-id "$group"; do sleep 10; done
done
