aws logs delete-log-group --log-group-name "$GROUP"
