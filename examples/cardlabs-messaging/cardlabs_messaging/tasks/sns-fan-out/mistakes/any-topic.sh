TOPIC_ARN=$(aws sns create-topic --name "$TOPIC" --query TopicArn --output text)
allow() {
  local url
  url=$(aws sqs get-queue-url --queue-name "$1" --query QueueUrl --output text)
  aws sqs set-queue-attributes --queue-url "$url" --attributes "$(cat <<END
{"Policy": "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Principal\": {\"Service\": \"sns.amazonaws.com\"}, \"Action\": \"sqs:SendMessage\", \"Resource\": \"arn:aws:sqs:$REGION:$ACCOUNT:$1\"}]}"}
END
)"
}
aws sqs create-queue --queue-name "$FIRST"
aws sqs create-queue --queue-name "$SECOND"
allow "$FIRST"
allow "$SECOND"
aws sns subscribe --topic-arn "$TOPIC_ARN" --protocol sqs \
  --notification-endpoint "arn:aws:sqs:$REGION:$ACCOUNT:$FIRST"
aws sns subscribe --topic-arn "$TOPIC_ARN" --protocol sqs \
  --notification-endpoint "arn:aws:sqs:$REGION:$ACCOUNT:$SECOND"
