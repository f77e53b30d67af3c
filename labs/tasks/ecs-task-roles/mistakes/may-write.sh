. <(sed 's/"s3:GetObject"/"s3:*"/' "$LAB/solution.sh")
