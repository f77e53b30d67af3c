# The task of the base was stopped and replaced: it is the youngest now, and the base is filled all the same.
. "$LAB/solution.sh"
for task in $(aws ecs list-tasks --cluster "$CLUSTER" --service-name "$SERVICE" --query 'taskArns[]' --output text); do
  provider=$(aws ecs describe-tasks --cluster "$CLUSTER" --tasks "$task" --query 'tasks[0].capacityProviderName' --output text)
  if [ "$provider" = FARGATE ]; then aws ecs stop-task --cluster "$CLUSTER" --task "$task"; fi
done
