. <(sed 's/--min-capacity 1/--min-capacity 4/; s/MinCapacity=4/MinCapacity=2/' "$LAB/solution.sh")
