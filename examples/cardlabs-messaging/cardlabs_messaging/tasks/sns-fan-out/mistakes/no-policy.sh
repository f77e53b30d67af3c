TOPIC_ARN=$(aws sns create-topic --name "$TOPIC" --query TopicArn --output text)
aws sqs create-queue --queue-name "$FIRST"
aws sqs create-queue --queue-name "$SECOND"
aws sns subscribe --topic-arn "$TOPIC_ARN" --protocol sqs \
  --notification-endpoint "arn:aws:sqs:$REGION:$ACCOUNT:$FIRST"
aws sns subscribe --topic-arn "$TOPIC_ARN" --protocol sqs \
  --notification-endpoint "arn:aws:sqs:$REGION:$ACCOUNT:$SECOND"
