CLUSTER=$CLUSTER-cluster
. "$LAB/solution.sh"
