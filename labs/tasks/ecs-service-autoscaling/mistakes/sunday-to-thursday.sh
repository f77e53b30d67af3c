. <(sed 's/cron(0 8 ? \* MON-FRI \*)/cron(0 8 ? * 1-5 *)/' "$LAB/solution.sh")
