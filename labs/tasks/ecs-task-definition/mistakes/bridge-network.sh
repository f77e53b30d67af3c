. <(sed 's/--network-mode awsvpc/--network-mode bridge/; s/--requires-compatibilities FARGATE//' "$LAB/solution.sh")
