. <(sed 's/^region=.*/region=us-east-1/' "$LAB/solution.sh")
aws logs create-log-group --log-group-name "/ecs/$FAMILY" --region us-east-1
