. <(sed 's/volumeType=gp3,//' "$LAB/solution.sh")
