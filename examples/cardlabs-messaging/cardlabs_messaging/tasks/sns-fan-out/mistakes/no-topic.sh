aws sqs create-queue --queue-name "$FIRST"
aws sqs create-queue --queue-name "$SECOND"
