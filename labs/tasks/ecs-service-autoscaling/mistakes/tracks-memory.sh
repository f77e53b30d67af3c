. <(sed 's/ECSServiceAverageCPUUtilization/ECSServiceAverageMemoryUtilization/' "$LAB/solution.sh")
