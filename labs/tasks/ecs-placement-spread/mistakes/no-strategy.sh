. "$LAB/solution.sh"
for service in "$SERVICE" "$RANDOM_"; do
  count=$(aws ecs describe-services --cluster "$CLUSTER" --services "$service" --query 'services[0].desiredCount' --output text)
  aws ecs delete-service --cluster "$CLUSTER" --service "$service" --force
  retry_while Draining \
    aws ecs create-service --cluster "$CLUSTER" --service-name "$service" --task-definition "$CLUSTER" --desired-count "$count"
done
