TOPIC_ARN=arn:aws:sns:$REGION:$ACCOUNT:$TOPIC
SUBSCRIPTION=$(aws sns list-subscriptions-by-topic --topic-arn "$TOPIC_ARN" \
  --query 'Subscriptions[0].SubscriptionArn' --output text)
aws sns unsubscribe --subscription-arn "$SUBSCRIPTION"
