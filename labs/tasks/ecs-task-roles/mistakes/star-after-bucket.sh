. <(sed 's#/\*"}#*"}#' "$LAB/solution.sh")
