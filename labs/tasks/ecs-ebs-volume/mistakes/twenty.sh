. <(sed 's/ --ephemeral-storage sizeInGiB=30//' "$LAB/solution.sh")
. <(sed -n '/^aws ecs register-task-definition/,/^  }]/p' "$LAB/solution.sh" | sed "s/sizeInGiB=30/sizeInGiB=20/; s/^  }]'/  }]' || echo refused/")
