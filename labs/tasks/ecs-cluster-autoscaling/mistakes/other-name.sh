PROVIDER=$PROVIDER-2
. "$LAB/solution.sh"
