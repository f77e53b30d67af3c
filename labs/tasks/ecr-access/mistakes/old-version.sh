. "$LAB/mistakes/not-attached.sh"
# The version with the typo is the default version. The corrected version is only the newest one.
policy=$(aws iam create-policy --policy-name pull-image --query Policy.Arn --output text --policy-document '{
  "Version": "2012-10-17",
  "Statement": [{"Effect": "Allow", "Resource": "'"$arn"'", "Action": ["ecr:BatchGetImages", "ecr:GetDownloadUrlForLayer"]}]
}')
aws iam create-policy-version --policy-arn "$policy" --no-set-as-default --policy-document '{
  "Version": "2012-10-17",
  "Statement": [{"Effect": "Allow", "Resource": "'"$arn"'",
    "Action": ["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"]}]
}'
aws iam attach-role-policy --role-name "$ROLE" --policy-arn "$policy"
