URL=$(aws sqs get-queue-url --queue-name "$QUEUE" --query QueueUrl --output text)
aws sqs set-queue-attributes --queue-url "$URL" \
  --attributes DelaySeconds=180,ReceiveMessageWaitTimeSeconds=20
