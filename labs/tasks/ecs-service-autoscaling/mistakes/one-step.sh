. <(sed '/"MetricIntervalLowerBound": 15/d; s/, "MetricIntervalUpperBound": 15, "ScalingAdjustment": 1},/, "ScalingAdjustment": 1}/' "$LAB/solution.sh")
