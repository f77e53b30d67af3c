TAG=$(echo "$TAG" | tr a-z A-Z)
. "$LAB/solution.sh"
