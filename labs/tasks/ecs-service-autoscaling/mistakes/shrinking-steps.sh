. <(sed 's/"ScalingAdjustment": 1}/"ScalingAdjustment": 5}/' "$LAB/solution.sh")
