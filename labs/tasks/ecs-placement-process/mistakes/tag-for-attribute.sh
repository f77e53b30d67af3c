. "$LAB/solution.sh"
for instance in $(aws ecs list-container-instances --cluster "$CLUSTER" --query 'containerInstanceArns[]' --output text); do
  aws ecs delete-attributes --cluster "$CLUSTER" \
    --attributes "name=$ATTRIBUTE,targetType=container-instance,targetId=$instance"
  aws ecs tag-resource --resource-arn "$instance" --tags "key=$ATTRIBUTE,value=$VALUE"
done
