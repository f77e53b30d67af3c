CLUSTER=${CLUSTER}s
. "$LAB/solution.sh"
