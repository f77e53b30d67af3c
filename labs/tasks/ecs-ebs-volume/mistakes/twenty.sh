. <(sed "s/--ephemeral-storage sizeInGiB=30/--ephemeral-storage sizeInGiB=20/" "$LAB/solution.sh")
