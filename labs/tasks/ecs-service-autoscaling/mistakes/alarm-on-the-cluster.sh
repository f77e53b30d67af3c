. <(sed 's/ "Name=ServiceName,Value=$SERVICE"//' "$LAB/solution.sh")
