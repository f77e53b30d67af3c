. <(sed "s/{\"AWS\": \"arn:aws:iam::'\"\$PARTNER\"':root\"}/\"*\"/" "$LAB/solution.sh")
