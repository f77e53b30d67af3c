. <(sed 's/cron(0 8 /cron(0 20 /' "$LAB/solution.sh")
