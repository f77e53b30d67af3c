# The instance had the attribute when the task was placed. Now it no longer satisfies the constraint.
. "$LAB/solution.sh"
aws ecs stop-task --cluster "$CLUSTER" --task \
  "$(aws ecs list-tasks --cluster "$CLUSTER" --started-by "$STARTED_BY" --query 'taskArns[0]' --output text)"
launch() {
  aws ec2 run-instances --image-id "$image" --instance-type m5.large \
    --iam-instance-profile "Name=$CLUSTER-instance" --user-data file://user-data.sh
}
launch
m5=$(aws ecs list-container-instances --cluster "$CLUSTER" --filter 'attribute:ecs.instance-type == m5.large' \
  --query 'containerInstanceArns[0]' --output text)
target="name=$ATTRIBUTE,targetType=container-instance,targetId=$m5"
aws ecs put-attributes --cluster "$CLUSTER" --attributes "$target,value=$VALUE"
aws ecs run-task --cluster "$CLUSTER" --task-definition "$FAMILY" --started-by "$STARTED_BY" \
  --placement-constraints 'type=memberOf,expression=attribute:ecs.instance-type == m5.large'
aws ecs delete-attributes --cluster "$CLUSTER" --attributes "$target"
