. <(sed 's/--max-capacity 6/--max-capacity 10/' "$LAB/solution.sh")
