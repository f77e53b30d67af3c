. <(sed 's/MinCapacity=4/MinCapacity=4 --start-time 2024-01-01T00:00:00Z --end-time 2025-01-01T00:00:00Z/' "$LAB/solution.sh")
