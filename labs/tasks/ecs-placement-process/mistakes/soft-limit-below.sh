. "$LAB/solution.sh"
aws ecs stop-task --cluster "$CLUSTER" --task \
  "$(aws ecs list-tasks --cluster "$CLUSTER" --started-by "$STARTED_BY" --query 'taskArns[0]' --output text)"
aws ecs register-task-definition --family "$FAMILY" --container-definitions '[
  {"name": "app", "image": "public.ecr.aws/docker/library/nginx:stable", "cpu": 512, "memory": 4096, "memoryReservation": 1024,
   "portMappings": [{"containerPort": 80, "hostPort": 8080}]}
]' --placement-constraints "type=memberOf,expression=attribute:$ATTRIBUTE == $VALUE"
aws ecs run-task --cluster "$CLUSTER" --task-definition "$FAMILY" --started-by "$STARTED_BY" \
  --placement-strategy type=binpack,field=memory
