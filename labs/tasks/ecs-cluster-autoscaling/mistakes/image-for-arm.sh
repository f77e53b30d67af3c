. "$LAB/solution.sh"
image=$(aws ssm get-parameter --query Parameter.Value --output text \
  --name /aws/service/ecs/optimized-ami/amazon-linux-2023/arm64/recommended/image_id)
aws ec2 create-launch-template-version --launch-template-name "$CLUSTER" --source-version 1 \
  --launch-template-data "{\"ImageId\": \"$image\"}"
