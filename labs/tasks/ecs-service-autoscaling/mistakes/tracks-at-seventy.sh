. <(sed 's/"TargetValue": 50/"TargetValue": 70/' "$LAB/solution.sh")
