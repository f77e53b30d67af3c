. <(sed "s/\"Resource\": \"'\"\$arn\"'\"/\"Resource\": \"arn:aws:ecr:*:*:repository\/'\"\$REPOSITORY\"'\"/" "$LAB/solution.sh")
