. <(sed 's/^shared=.*/shared=name=shared/' "$LAB/solution.sh")
