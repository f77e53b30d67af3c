. "$LAB/mistakes/no-profile.sh"
aws ec2 create-launch-template-version --launch-template-name "$CLUSTER" --source-version 1 \
  --launch-template-data '{"InstanceType": "t3.small"}'
aws autoscaling update-auto-scaling-group --auto-scaling-group-name "$CLUSTER" \
  --launch-template "LaunchTemplateName=$CLUSTER,Version=2"
