. <(sed 's/--alarm-actions/--ok-actions/' "$LAB/solution.sh")
