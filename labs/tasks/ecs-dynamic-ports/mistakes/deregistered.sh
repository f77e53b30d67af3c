. "$LAB/solution.sh"
targets=$(aws elbv2 describe-target-health --target-group-arn "$group" \
  --query 'TargetHealthDescriptions[0].Target' --output json)
aws elbv2 deregister-targets --target-group-arn "$group" --targets "$targets"
