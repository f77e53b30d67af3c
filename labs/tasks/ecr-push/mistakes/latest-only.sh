TAG=latest
. "$LAB/solution.sh"
