# ECS refuses this size for Fargate, but accepts it if the task definition does not require Fargate.
. <(sed 's/--memory 512/--memory 4096/; s/--requires-compatibilities FARGATE//' "$LAB/solution.sh")
