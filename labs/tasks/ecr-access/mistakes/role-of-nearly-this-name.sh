ROLE=labs-ecr-pull
. "$LAB/solution.sh"
