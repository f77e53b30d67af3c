. <(sed 's/ecs-tasks.amazonaws.com/ec2.amazonaws.com/' "$LAB/solution.sh")
