. <(sed 's/--volumes name=logs/--volumes name=logs name=copies/; s/"logs", "containerPath": "\/logs"/"copies", "containerPath": "\/logs"/' "$LAB/solution.sh")
