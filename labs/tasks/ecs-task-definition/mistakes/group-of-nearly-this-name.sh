. "$LAB/solution.sh"
aws logs create-log-group --log-group-name "/ecs/$FAMILY-2"
aws logs delete-log-group --log-group-name "/ecs/$FAMILY"
