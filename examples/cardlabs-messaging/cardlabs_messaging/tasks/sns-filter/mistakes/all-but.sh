TOPIC_ARN=arn:aws:sns:$REGION:$ACCOUNT:$TOPIC
SUBSCRIPTION=$(aws sns list-subscriptions-by-topic --topic-arn "$TOPIC_ARN" \
  --query 'Subscriptions[0].SubscriptionArn' --output text)
aws sns set-subscription-attributes --subscription-arn "$SUBSCRIPTION" \
  --attribute-name FilterPolicy --attribute-value '{"type": [{"anything-but": "payment"}]}'
aws sns set-subscription-attributes --subscription-arn "$SUBSCRIPTION" \
  --attribute-name RawMessageDelivery --attribute-value true
