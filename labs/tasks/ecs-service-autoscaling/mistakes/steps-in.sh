. <(sed 's/"ScalingAdjustment": /"ScalingAdjustment": -/' "$LAB/solution.sh")
