. <(sed 's/sizeInGiB=50/sizeInGiB=20/' "$LAB/solution.sh")
