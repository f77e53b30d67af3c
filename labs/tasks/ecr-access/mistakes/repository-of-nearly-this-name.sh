# Everything is set up for a repository with another name.
REPOSITORY="$REPOSITORY-2"
. "$LAB/solution.sh"
