. "$LAB/solution.sh"
aws ec2 create-launch-template-version --launch-template-name "$CLUSTER" \
  --launch-template-data '{"ImageId": "'"$image"'", "InstanceType": "t3.small", "UserData": "'"$boot"'"}'
