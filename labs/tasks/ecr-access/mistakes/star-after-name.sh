. <(sed "s/\"Resource\": \"'\"\$arn\"'\"/\"Resource\": \"'\"\$arn\"'*\"/" "$LAB/solution.sh")
