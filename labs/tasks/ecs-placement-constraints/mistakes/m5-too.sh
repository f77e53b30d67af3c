. "$LAB/solution.sh"
launch m5.large
aws ecs update-service --cluster "$CLUSTER" --service "$MEMBER" --force-new-deployment --placement-constraints '[
  {"type": "memberOf", "expression": "attribute:ecs.instance-type =~ [mt][35]\\..*"}
]'
