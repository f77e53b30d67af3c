. "$LAB/solution.sh"
aws iam detach-role-policy --role-name "$CLUSTER-infrastructure" \
  --policy-arn arn:aws:iam::aws:policy/service-role/AmazonECSInfrastructureRolePolicyForVolumes
aws iam put-role-policy --role-name "$CLUSTER-infrastructure" --policy-name own --policy-document '{
  "Version": "2012-10-17",
  "Statement": [{"Effect": "Allow", "Resource": "arn:aws:ec2:*:*:volume/*", "Action": [
    "ec2:CreateVolume", "ec2:CreateTags", "ec2:AttachVolume", "ec2:DetachVolume", "ec2:DeleteVolume"]}]
}'
