. <(sed 's#/\*"}#/folder/*"}#' "$LAB/solution.sh")
