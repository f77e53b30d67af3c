# All attributes when the queues are created; retention of one day for orders, four for those that failed.
aws sqs create-queue --queue-name "$DEAD_LETTERS"
TARGET=arn:aws:sqs:$REGION:$ACCOUNT:$DEAD_LETTERS
aws sqs create-queue --queue-name "$QUEUE" --attributes "$(cat <<END
{
  "MessageRetentionPeriod": "86400",
  "RedrivePolicy": "{\"deadLetterTargetArn\":\"$TARGET\",\"maxReceiveCount\":\"3\"}"
}
END
)"
