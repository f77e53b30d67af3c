. <(sed "s/ecs.amazonaws.com/ecs-tasks.amazonaws.com/" "$LAB/solution.sh")
