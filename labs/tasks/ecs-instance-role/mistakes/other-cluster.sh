CLUSTER=$CLUSTER-hosts
. "$LAB/solution.sh"
