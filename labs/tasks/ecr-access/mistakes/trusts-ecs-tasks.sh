. <(sed 's/ec2.amazonaws.com/ecs-tasks.amazonaws.com/' "$LAB/solution.sh")
