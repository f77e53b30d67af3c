aws sqs create-queue --queue-name "$DEAD_LETTERS" \
  --attributes '{"MessageRetentionPeriod": "1209600"}'
aws sqs create-queue --queue-name "$QUEUE"
URL=$(aws sqs get-queue-url --queue-name "$QUEUE" --query QueueUrl --output text)
aws sqs set-queue-attributes --queue-url "$URL" --attributes \
  "{\"RedrivePolicy\": \"{\\\"deadLetterTargetArn\\\": \\\"arn:aws:sqs:$REGION:$ACCOUNT:$DEAD_LETTERS\\\", \\\"maxReceiveCount\\\": 1}\"}"
