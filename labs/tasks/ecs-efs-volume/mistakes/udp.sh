. <(sed 's/--protocol tcp --port 2049/--protocol udp --port 2049/' "$LAB/solution.sh")
