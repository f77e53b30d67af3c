# The expression lists the IDs of the t3 instances, and each task has a separate instance.
. "$LAB/solution.sh"
ids=$(aws ec2 describe-instances --filters "Name=tag:Name,Values=$CLUSTER" Name=instance-type,Values=t3.small,t3.micro \
  --query 'join(`, `, Reservations[].Instances[].InstanceId)' --output text)
aws ecs delete-service --cluster "$CLUSTER" --service "$MEMBER" --force
retry_while Draining \
  aws ecs create-service --cluster "$CLUSTER" --service-name "$MEMBER" --task-definition "$CLUSTER" --desired-count 2 \
  --placement-constraints "[
    {\"type\": \"memberOf\", \"expression\": \"ec2InstanceId in [$ids]\"}, {\"type\": \"distinctInstance\"}
  ]"
