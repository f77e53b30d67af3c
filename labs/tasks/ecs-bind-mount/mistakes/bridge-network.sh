. <(sed 's/--requires-compatibilities FARGATE --network-mode awsvpc/--network-mode bridge/' "$LAB/solution.sh")
