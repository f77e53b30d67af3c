. <(sed 's/--task-role-arn "$task" --execution-role-arn "$execution"/--task-role-arn "$execution" --execution-role-arn "$task"/' \
  "$LAB/solution.sh")
