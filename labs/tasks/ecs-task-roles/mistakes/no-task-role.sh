. <(sed 's/--task-role-arn "$task"//' "$LAB/solution.sh")
