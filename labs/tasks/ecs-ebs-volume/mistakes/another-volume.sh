VOLUME=$VOLUME-disk
. "$LAB/solution.sh"
