. <(sed 's/ --alarm-actions "$policy"//' "$LAB/solution.sh")
