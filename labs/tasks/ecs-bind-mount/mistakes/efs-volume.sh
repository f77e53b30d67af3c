. <(sed 's/--volumes name=logs/--volumes name=logs,efsVolumeConfiguration={fileSystemId=fs-0123456789abcdef0}/' "$LAB/solution.sh")
