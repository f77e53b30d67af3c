. <(sed 's/MinCapacity=4/MaxCapacity=6/' "$LAB/solution.sh")
