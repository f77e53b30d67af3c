FAMILY=$FAMILY-volume
. "$LAB/solution.sh"
