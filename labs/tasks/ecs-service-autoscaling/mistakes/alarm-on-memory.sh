. <(sed 's/--metric-name CPUUtilization/--metric-name MemoryUtilization/' "$LAB/solution.sh")
