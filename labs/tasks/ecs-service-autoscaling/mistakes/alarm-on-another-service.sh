. <(sed 's/"Name=ServiceName,Value=$SERVICE"/"Name=ServiceName,Value=$SERVICE-api"/' "$LAB/solution.sh")
