SERVICE=${SERVICE}site
. "$LAB/solution.sh"
