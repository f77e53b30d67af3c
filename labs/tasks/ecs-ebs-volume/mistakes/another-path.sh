PATH_=$PATH_/files
. "$LAB/solution.sh"
