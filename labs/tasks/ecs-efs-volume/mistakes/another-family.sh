FAMILY_READER=$FAMILY_READER-task
. "$LAB/solution.sh"
