. <(sed 's/--alarm-actions/--no-actions-enabled --alarm-actions/' "$LAB/solution.sh")
