CLUSTER=$CLUSTER-2
. "$LAB/solution.sh"
