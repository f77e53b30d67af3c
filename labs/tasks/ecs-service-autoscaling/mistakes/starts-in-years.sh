. "$LAB/solution.sh"
aws application-autoscaling put-scheduled-action $count --scheduled-action-name morning --start-time 2090-01-01T00:00:00Z \
  --schedule 'cron(0 8 ? * MON-FRI *)' --timezone Europe/Dublin --scalable-target-action MinCapacity=4
