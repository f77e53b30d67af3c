. "$LAB/solution.sh"
aws ec2 terminate-instances --instance-ids $(aws ec2 describe-instances --filters Name=instance-type,Values=t3.medium \
  --query 'Reservations[].Instances[].InstanceId' --output text)
for type in t3.large t3.xlarge; do
  aws ec2 run-instances --image-id "$image" --instance-type "$type" \
    --iam-instance-profile "Name=$CLUSTER-instance" --user-data file://user-data.sh
done
for instance in $(aws ecs list-container-instances --cluster "$CLUSTER" --query 'containerInstanceArns[]' --output text); do
  aws ecs put-attributes --cluster "$CLUSTER" \
    --attributes "name=$ATTRIBUTE,value=$VALUE,targetType=container-instance,targetId=$instance"
done
