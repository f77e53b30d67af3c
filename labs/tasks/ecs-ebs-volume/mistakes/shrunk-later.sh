. "$LAB/solution.sh"
aws ecs update-service --cluster "$CLUSTER" --service "$SERVICE" \
  --volume-configurations "name=$VOLUME,managedEBSVolume={volumeType=gp3,sizeInGiB=10,roleArn=$role}"
