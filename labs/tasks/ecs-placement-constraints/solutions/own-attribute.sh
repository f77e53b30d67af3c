# An attribute of one's own marks the t3 instances, a second constraint excludes what the first lets in too much, and a
# third holds for every t3; each only counts together with the others.
. "$LAB/solution.sh"
for instance in $(aws ecs list-container-instances --cluster "$CLUSTER" \
  --filter 'attribute:ecs.instance-type =~ t3.*' --query 'containerInstanceArns[]' --output text); do
  aws ecs put-attributes --cluster "$CLUSTER" --attributes "name=family,value=t3,targetType=container-instance,targetId=$instance"
done
aws ecs update-service --cluster "$CLUSTER" --service "$MEMBER" --force-new-deployment --placement-constraints '[
  {"type": "memberOf", "expression": "attribute:family == t3"},
  {"type": "memberOf", "expression": "not(attribute:ecs.instance-type =~ t3a.*)"},
  {"type": "memberOf", "expression": "agentConnected == true"}
]'
