# The base task was stopped and replaced. The new task is the youngest one, and the base is still filled.
. "$LAB/solution.sh"
for task in $(aws ecs list-tasks --cluster "$CLUSTER" --service-name "$SERVICE" --query 'taskArns[]' --output text); do
  provider=$(aws ecs describe-tasks --cluster "$CLUSTER" --tasks "$task" --query 'tasks[0].capacityProviderName' --output text)
  if [ "$provider" = FARGATE ]; then aws ecs stop-task --cluster "$CLUSTER" --task "$task"; fi
done
