aws sqs create-queue --queue-name "$DEAD_LETTERS" \
  --attributes '{"MessageRetentionPeriod": "1209600"}'
