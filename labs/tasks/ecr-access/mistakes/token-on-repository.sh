. <(sed "s/\"Resource\": \"\*\"/\"Resource\": \"'\"\$arn\"'\"/" "$LAB/solution.sh")
