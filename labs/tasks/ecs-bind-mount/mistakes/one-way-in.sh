. <(sed 's/"readOnly": true}/"readOnly": true}, {"sourceVolume": "logs", "containerPath": "\/spool"}/' "$LAB/solution.sh")
