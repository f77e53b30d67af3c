. <(sed 's/volumeType=gp3/volumeType=gp2/' "$LAB/solution.sh")
