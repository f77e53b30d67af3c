FAMILY=$FAMILY-mount
. "$LAB/solution.sh"
