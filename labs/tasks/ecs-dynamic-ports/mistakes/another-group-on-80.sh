. "$LAB/solution.sh"
another=$(aws elbv2 create-target-group --name another --protocol HTTP --port 80 --vpc-id "$vpc" \
  --query 'TargetGroups[0].TargetGroupArn' --output text)
aws elbv2 modify-listener --listener-arn "$listener" --default-actions "Type=forward,TargetGroupArn=$another"
aws elbv2 create-listener --load-balancer-arn "$balancer" --protocol HTTP --port 8080 \
  --default-actions "Type=forward,TargetGroupArn=$group"
