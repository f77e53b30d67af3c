. "$LAB/solution.sh"
aws ecs register-task-definition --family "$FAMILY" --container-definitions '[
  {"name": "app", "image": "public.ecr.aws/docker/library/nginx:1", "cpu": 512, "memory": 4096,
   "portMappings": [{"containerPort": 80, "hostPort": 8080}]}
]' --placement-constraints "type=memberOf,expression=attribute:$ATTRIBUTE == $VALUE"
