. <(sed 's/"readOnly": true/"readOnly": false/' "$LAB/solution.sh")
