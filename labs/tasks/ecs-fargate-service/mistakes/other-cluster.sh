CLUSTER=$CLUSTER-test
. "$LAB/solution.sh"
