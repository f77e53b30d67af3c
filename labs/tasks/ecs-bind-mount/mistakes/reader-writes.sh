. <(sed 's/"readOnly": false/"readOnly": null/; s/"readOnly": true/"readOnly": false/; s/"readOnly": null/"readOnly": true/' "$LAB/solution.sh")
