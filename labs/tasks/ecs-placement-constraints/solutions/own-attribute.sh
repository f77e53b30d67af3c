# A custom attribute marks the t3 instances, and also others. A second constraint excludes those, and a third one
# matches every t3. Only the three together select the right instances.
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
