. <(sed 's/"awslogs-stream-prefix"/"awslogs-create-group": "true", "awslogs-stream-prefix"/' "$LAB/solution.sh")
aws logs delete-log-group --log-group-name "/ecs/$FAMILY"
