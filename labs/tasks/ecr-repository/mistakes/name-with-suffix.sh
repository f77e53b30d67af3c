REPOSITORY=$REPOSITORY-app
. "$LAB/solution.sh"
