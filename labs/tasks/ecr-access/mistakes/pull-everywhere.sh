. <(sed "s/\"Resource\": \"'\"\$arn\"'\"/\"Resource\": \"*\"/" "$LAB/solution.sh")
