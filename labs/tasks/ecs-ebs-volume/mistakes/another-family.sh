right=$FAMILY
FAMILY=$right-old
. "$LAB/solution.sh"
FAMILY=$right
. <(sed -n '/^aws ecs register-task-definition/,/^  }]/p' "$LAB/solution.sh")
