# Another task uses port 8080 of the t3.large, so only the t3.xlarge is eligible.
. "$LAB/solution.sh"
task=$(aws ecs list-tasks --cluster "$CLUSTER" --started-by "$STARTED_BY" --query 'taskArns[0]' --output text)
aws ecs stop-task --cluster "$CLUSTER" --task "$task"
aws ecs register-task-definition --family other --container-definitions '[
  {"name": "web", "image": "nginx", "memory": 64, "portMappings": [{"containerPort": 80, "hostPort": 8080}]}
]'
aws ecs run-task --cluster "$CLUSTER" --task-definition other --placement-constraints \
  'type=memberOf,expression=attribute:ecs.instance-type == t3.large'
aws ecs run-task --cluster "$CLUSTER" --task-definition "$FAMILY" --started-by "$STARTED_BY" \
  --placement-strategy type=binpack,field=memory
