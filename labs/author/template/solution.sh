aws logs create-log-group --log-group-name "$GROUP"
