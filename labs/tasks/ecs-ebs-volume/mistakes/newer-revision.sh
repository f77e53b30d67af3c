. "$LAB/solution.sh"
. <(sed -n '/^aws ecs register-task-definition/,/^  }]/p' "$LAB/solution.sh" | sed 's/,configuredAtLaunch=true//')
