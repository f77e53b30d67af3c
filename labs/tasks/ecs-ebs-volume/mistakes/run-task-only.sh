. "$LAB/solution.sh"
aws ecs delete-service --cluster "$CLUSTER" --service "$SERVICE" --force
aws ecs run-task --cluster "$CLUSTER" --task-definition "$FAMILY" --launch-type FARGATE --network-configuration "$network" \
  --volume-configurations "name=$VOLUME,managedEBSVolume={volumeType=gp3,sizeInGiB=50,roleArn=$role}"
