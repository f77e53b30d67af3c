# A new subscription with all of its attributes, in place of the old one.
TOPIC_ARN=arn:aws:sns:$REGION:$ACCOUNT:$TOPIC
SUBSCRIPTION=$(aws sns list-subscriptions-by-topic --topic-arn "$TOPIC_ARN" \
  --query 'Subscriptions[0].SubscriptionArn' --output text)
aws sns unsubscribe --subscription-arn "$SUBSCRIPTION"
aws sns subscribe --topic-arn "$TOPIC_ARN" --protocol sqs \
  --attributes '{"FilterPolicy": "{\"type\": [\"refund\"]}", "FilterPolicyScope": "MessageAttributes", "RawMessageDelivery": "true"}' \
  --notification-endpoint "arn:aws:sqs:$REGION:$ACCOUNT:$QUEUE"
