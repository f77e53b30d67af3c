. "$LAB/solution.sh"
for instance in $(aws ecs list-container-instances --cluster "$CLUSTER" --query 'containerInstanceArns[]' --output text); do
  aws ecs put-attributes --cluster "$CLUSTER" \
    --attributes "name=$ATTRIBUTE,value=$VALUE,targetType=container-instance,targetId=$instance"
done
