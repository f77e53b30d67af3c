CLUSTER=$CLUSTER-1
. "$LAB/solution.sh"
