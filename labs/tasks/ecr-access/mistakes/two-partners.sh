. <(sed "s/{\"AWS\": \"arn:aws:iam::'\"\$PARTNER\"':root\"}/{\"AWS\": [\"'\"\$PARTNER\"'\", \"111122223333\"]}/" "$LAB/solution.sh")
