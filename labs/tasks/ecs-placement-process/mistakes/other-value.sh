. "$LAB/solution.sh"
larger=$(aws ecs list-container-instances --cluster "$CLUSTER" --filter 'attribute:ecs.instance-type == t3.xlarge' \
  --query 'containerInstanceArns[0]' --output text)
aws ecs put-attributes --cluster "$CLUSTER" \
  --attributes "name=$ATTRIBUTE,value=$VALUE-2,targetType=container-instance,targetId=$larger"
