aws sqs create-queue --queue-name "$QUEUE"
