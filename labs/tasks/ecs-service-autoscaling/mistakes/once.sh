. <(sed 's/cron(0 8 ? \* MON-FRI \*)/at(2099-01-05T08:00:00)/' "$LAB/solution.sh")
