# A launch configuration, as in older accounts. The cluster has a second provider.
. "$LAB/solution.sh"
retry_while 'Invalid IamInstanceProfile' \
  aws autoscaling create-launch-configuration --launch-configuration-name hosts --image-id "$image" \
  --instance-type t3.small --iam-instance-profile "$CLUSTER-instance" \
  --user-data "$(printf '#!/bin/bash\necho "ECS_CLUSTER=%s" | tee -a /etc/ecs/ecs.config\n' "$CLUSTER")"
aws autoscaling update-auto-scaling-group --auto-scaling-group-name "$CLUSTER" --launch-configuration-name hosts
aws ec2 delete-launch-template --launch-template-name "$CLUSTER"
retry_while 'UpdateInProgress' \
  aws ecs put-cluster-capacity-providers --cluster "$CLUSTER" --capacity-providers FARGATE "$PROVIDER" \
  --default-capacity-provider-strategy "capacityProvider=$PROVIDER,weight=2"
