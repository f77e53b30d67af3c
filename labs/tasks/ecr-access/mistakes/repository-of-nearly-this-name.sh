# Everything is right, and consistently about a repository with another name.
REPOSITORY="$REPOSITORY-2"
. "$LAB/solution.sh"
