. <(sed 's/--requires-compatibilities FARGATE/--volumes name=site,host={sourcePath=\/srv\/site}/' "$LAB/solution.sh")
