# The second instance gets the instance profile of the others while it runs. Its own role does not change.
. "$LAB/solution.sh"
aws iam detach-role-policy --role-name "$CLUSTER-server" \
  --policy-arn arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role
association=$(aws ec2 describe-iam-instance-profile-associations --output text \
  --query "IamInstanceProfileAssociations[?ends_with(IamInstanceProfile.Arn, '/$CLUSTER-server')].AssociationId | [0]")
aws ec2 replace-iam-instance-profile-association --association-id "$association" \
  --iam-instance-profile "Name=$CLUSTER-host"
