# The instances belong to an Auto Scaling group with three subnets. The strategies are added to running services, which
# then place their tasks again. A service of each name, with the wrong strategy, was deleted before.
. "$LAB/solution.sh"
for service in "$SERVICE" "$RANDOM_"; do
  aws ecs delete-service --cluster "$CLUSTER" --service "$service" --force
done
aws ec2 terminate-instances --instance-ids $(aws ec2 describe-instances \
  --filters "Name=tag:Name,Values=$CLUSTER" --query 'Reservations[].Instances[].InstanceId' --output text)
aws ec2 create-launch-template --launch-template-name "$CLUSTER" --launch-template-data "{
  \"ImageId\": \"$image\", \"InstanceType\": \"t3.micro\",
  \"IamInstanceProfile\": {\"Name\": \"$CLUSTER-instance\"},
  \"UserData\": \"$(base64 -w0 user-data.sh)\"
}"
aws autoscaling create-auto-scaling-group --auto-scaling-group-name "$CLUSTER" --launch-template \
  "LaunchTemplateName=$CLUSTER" --min-size 3 --max-size 3 --vpc-zone-identifier "$(echo $subnets | tr ' ' ,)"
retry_while Draining \
  aws ecs create-service --cluster "$CLUSTER" --service-name "$SERVICE" --task-definition "$CLUSTER" --desired-count 6 \
  --placement-strategy type=binpack,field=cpu
retry_while Draining \
  aws ecs create-service --cluster "$CLUSTER" --service-name "$RANDOM_" --task-definition "$CLUSTER" --desired-count 1
aws ecs update-service --cluster "$CLUSTER" --service "$SERVICE" --desired-count 0
aws ecs update-service --cluster "$CLUSTER" --service "$SERVICE" --desired-count 6 \
  --placement-strategy type=spread,field=attribute:ecs.availability-zone type=binpack,field=memory
aws ecs update-service --cluster "$CLUSTER" --service "$RANDOM_" --force-new-deployment --desired-count 3 \
  --availability-zone-rebalancing DISABLED --placement-strategy type=random
