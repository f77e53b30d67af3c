. <(sed 's/"readOnly": false/"readOnly": true/' "$LAB/solution.sh")
