. <(sed 's/--volumes name=logs/--volumes name=logs,host={sourcePath=\/data}/; s/--requires-compatibilities FARGATE//' "$LAB/solution.sh")
