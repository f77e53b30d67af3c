. <(sed "s/--volumes name=logs/--volumes 'name=logs,dockerVolumeConfiguration={scope=task,driver=local}'/; s/--requires-compatibilities FARGATE//" "$LAB/solution.sh")
