. "$LAB/solution.sh"
aws application-autoscaling register-scalable-target $count --suspended-state DynamicScalingOutSuspended=true
