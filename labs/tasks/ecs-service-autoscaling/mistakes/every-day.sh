. <(sed 's/cron(0 8 ? \* MON-FRI \*)/cron(0 8 * * ? *)/' "$LAB/solution.sh")
