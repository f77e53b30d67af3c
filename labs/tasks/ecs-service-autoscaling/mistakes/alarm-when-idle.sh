. <(sed 's/GreaterThanThreshold/LessThanThreshold/' "$LAB/solution.sh")
