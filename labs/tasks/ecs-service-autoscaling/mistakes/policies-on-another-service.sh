. "$LAB/mistakes/nothing-on-this-service.sh"
count="--service-namespace ecs --scalable-dimension ecs:service:DesiredCount --resource-id service/$CLUSTER/$SERVICE"
aws application-autoscaling register-scalable-target $count --min-capacity 1 --max-capacity 6
aws application-autoscaling put-scheduled-action $count --scheduled-action-name morning \
  --schedule 'cron(0 8 ? * MON-FRI *)' --scalable-target-action MinCapacity=4
