. "$LAB/solution.sh"
image=$(aws ssm get-parameter --query Parameter.Value --output text \
  --name /aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64)
aws autoscaling update-auto-scaling-group --auto-scaling-group-name "$CLUSTER" --mixed-instances-policy '{
  "LaunchTemplate": {
    "LaunchTemplateSpecification": {"LaunchTemplateName": "'"$CLUSTER"'", "Version": "1"},
    "Overrides": [
      {"InstanceType": "t3.small", "ImageId": "'"$image"'"}, {"InstanceType": "t3.medium", "ImageId": "'"$image"'"}
    ]
  }
}'
