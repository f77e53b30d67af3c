FAMILY="$FAMILY-2" . "$LAB/solution.sh"
