. <(sed 's/"hostPort": 8080/"hostPort": 8080, "protocol": "udp"/' "$LAB/solution.sh")
