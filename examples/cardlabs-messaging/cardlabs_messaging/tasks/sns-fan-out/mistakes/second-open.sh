TOPIC_ARN=$(aws sns create-topic --name "$TOPIC" --query TopicArn --output text)
aws sqs create-queue --queue-name "$FIRST"
aws sqs create-queue --queue-name "$SECOND"
allow() {
  local url
  url=$(aws sqs get-queue-url --queue-name "$1" --query QueueUrl --output text)
  aws sqs set-queue-attributes --queue-url "$url" --attributes "$(cat <<END
{"Policy": "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Principal\": {\"Service\": \"sns.amazonaws.com\"}, \"Action\": \"sqs:SendMessage\", \"Resource\": \"arn:aws:sqs:$REGION:$ACCOUNT:$1\", \"Condition\": {\"ArnEquals\": {\"aws:SourceArn\": \"$TOPIC_ARN\"}}}]}"}
END
)"
}
allow "$FIRST"
allow() {
  local url
  url=$(aws sqs get-queue-url --queue-name "$1" --query QueueUrl --output text)
  aws sqs set-queue-attributes --queue-url "$url" --attributes "$(cat <<END
{"Policy": "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Principal\": {\"Service\": \"sns.amazonaws.com\"}, \"Action\": \"sqs:SendMessage\", \"Resource\": \"arn:aws:sqs:$REGION:$ACCOUNT:$1\"}]}"}
END
)"
}
allow "$SECOND"
aws sns subscribe --topic-arn "$TOPIC_ARN" --protocol sqs \
  --notification-endpoint "arn:aws:sqs:$REGION:$ACCOUNT:$FIRST"
aws sns subscribe --topic-arn "$TOPIC_ARN" --protocol sqs \
  --notification-endpoint "arn:aws:sqs:$REGION:$ACCOUNT:$SECOND"
