. <(sed 's/"MetricIntervalLowerBound": 0, "MetricIntervalUpperBound": 15/"MetricIntervalUpperBound": 0/; s/"MetricIntervalLowerBound": 15/"MetricIntervalLowerBound": 0/' "$LAB/solution.sh")
