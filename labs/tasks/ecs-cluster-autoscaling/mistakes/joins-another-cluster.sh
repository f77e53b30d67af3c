. "$LAB/solution.sh"
boot=$(printf '#!/bin/bash\necho ECS_CLUSTER=%s-2 >> /etc/ecs/ecs.config\n' "$CLUSTER" | base64 | tr -d '\n')
aws ec2 create-launch-template-version --launch-template-name "$CLUSTER" --source-version 1 \
  --launch-template-data '{"UserData": "'"$boot"'"}'
