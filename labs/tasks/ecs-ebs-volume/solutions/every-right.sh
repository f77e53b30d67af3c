# A role with all permissions on volumes, a service with an older revision, and a newer one that was deregistered.
. <(sed "s/sizeInGiB=30/sizeInGiB=21/; s/sizeInGiB=50/sizeInGiB=51/" "$LAB/solution.sh")
aws iam put-role-policy --role-name "$CLUSTER-infrastructure" --policy-name all --policy-document '{
  "Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}
}'
aws iam detach-role-policy --role-name "$CLUSTER-infrastructure" \
  --policy-arn arn:aws:iam::aws:policy/service-role/AmazonECSInfrastructureRolePolicyForVolumes
. <(sed -n '/^aws ecs register-task-definition/,/^  }]/p' "$LAB/solution.sh")
aws ecs register-task-definition --family "$FAMILY" --container-definitions '[{"name": "c", "image": "busybox", "memory": 64}]'
aws ecs deregister-task-definition --task-definition "$FAMILY:3"
