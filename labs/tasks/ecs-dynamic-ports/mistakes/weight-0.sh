. "$LAB/solution.sh"
another=$(aws elbv2 create-target-group --name another --protocol HTTP --port 80 --vpc-id "$vpc" \
  --query 'TargetGroups[0].TargetGroupArn' --output text)
aws elbv2 modify-listener --listener-arn "$listener" --default-actions "[
  {\"Type\": \"forward\", \"ForwardConfig\": {\"TargetGroups\": [
    {\"TargetGroupArn\": \"$group\", \"Weight\": 0}, {\"TargetGroupArn\": \"$another\", \"Weight\": 1}
  ]}}
]"
