. "$LAB/../retry.sh"

# No security group is set: the default group of the VPC allows its own members. An access point and IAM authorization
# for each service, a capacity provider strategy, a service in each zone, and another file system and other volumes.
retry_while 'service linked role' \
  aws ecs create-cluster --cluster-name "$CLUSTER" --capacity-providers FARGATE FARGATE_SPOT
fs=$(aws efs create-file-system --creation-token "something else" --performance-mode generalPurpose \
  --throughput-mode elastic --query FileSystemId --output text)
other=$(aws efs create-file-system --creation-token other --query FileSystemId --output text)
point=$(aws efs create-access-point --file-system-id "$fs" --posix-user Uid=1000,Gid=1000 \
  --root-directory 'Path=/reports,CreationInfo={OwnerUid=1000,OwnerGid=1000,Permissions=0755}' --query AccessPointId --output text)
region=$(aws ec2 describe-availability-zones --query 'AvailabilityZones[0].RegionName' --output text)
for zone in a b c; do
  subnets=$(aws ec2 describe-subnets --filters "Name=availability-zone,Values=$region$zone" \
    --query 'Subnets[0].SubnetId' --output text)
  for each in "$fs" "$other"; do aws efs create-mount-target --file-system-id "$each" --subnet-id "$subnets"; done
done

define() {
  cat > "$1.json" <<END
{
  "family": "$1",
  "requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc", "cpu": "0.5 vCPU", "memory": "1 GB",
  "volumes": [
    {"name": "tmp"},
    {"name": "archive", "efsVolumeConfiguration": {"fileSystemId": "$other"}},
    {"name": "reports", "efsVolumeConfiguration": {"fileSystemId": "$fs", "transitEncryption": "ENABLED",
      "authorizationConfig": {"accessPointId": "$point", "iam": "ENABLED"}}}
  ],
  "containerDefinitions": [
    {"name": "sidecar", "image": "busybox", "essential": false, "mountPoints": [{"sourceVolume": "tmp", "containerPath": "/tmp"}]},
    {"name": "main", "image": "busybox", "mountPoints": [
      {"sourceVolume": "archive", "containerPath": "/archive"}, {"sourceVolume": "reports", "containerPath": "/reports"}]}
  ]
}
END
  aws ecs register-task-definition --cli-input-json "file://$1.json" --query taskDefinition.taskDefinitionArn --output text
}
in_zone() {
  aws ec2 describe-subnets --filters "Name=availability-zone,Values=$region$1" --query 'Subnets[0].SubnetId' --output text
}
retry_while 'service linked role' \
  aws ecs create-service --cluster "$CLUSTER" --service-name "$WRITER" --task-definition "$(define "$FAMILY_WRITER")" \
  --desired-count 2 --capacity-provider-strategy capacityProvider=FARGATE_SPOT,weight=1 \
  --network-configuration "awsvpcConfiguration={subnets=[$(in_zone a)],assignPublicIp=ENABLED}"
retry_while 'service linked role' \
  aws ecs create-service --cluster "$CLUSTER" --service-name "$READER" --task-definition "$(define "$FAMILY_READER")" \
  --desired-count 5 --capacity-provider-strategy capacityProvider=FARGATE,weight=1 \
  --network-configuration "awsvpcConfiguration={subnets=[$(in_zone b)],assignPublicIp=ENABLED}"
