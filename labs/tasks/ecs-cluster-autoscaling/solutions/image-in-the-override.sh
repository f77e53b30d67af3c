# The template has an AMI without the agent. Overrides replace it: by an arm64 AMI for t4g, and an x86_64 AMI for t3.
. "$LAB/solution.sh"
image() {
  aws ssm get-parameter --name "/aws/service/$1" --query Parameter.Value --output text
}
plain=$(image ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64)
arm=$(image ecs/optimized-ami/amazon-linux-2023/arm64/recommended/image_id)
aws ec2 create-launch-template-version --launch-template-name "$CLUSTER" --source-version 1 \
  --launch-template-data "{\"ImageId\": \"$plain\"}"
aws autoscaling update-auto-scaling-group --auto-scaling-group-name "$CLUSTER" --mixed-instances-policy '{
  "LaunchTemplate": {
    "LaunchTemplateSpecification": {"LaunchTemplateName": "'"$CLUSTER"'", "Version": "2"},
    "Overrides": [
      {"InstanceType": "t4g.small", "ImageId": "'"$arm"'"}, {"InstanceType": "t3.small", "ImageId": "'"$image"'"}
    ]
  }
}'
