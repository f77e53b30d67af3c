# The repository.
aws ecr create-repository --repository-name "$REPOSITORY"
arn=$(aws ecr describe-repositories --repository-names "$REPOSITORY" --query 'repositories[0].repositoryArn' --output text)

# The role of the instances. A token is valid for the whole registry, so its statement needs Resource *.
aws iam create-role --role-name "$ROLE" --assume-role-policy-document '{
  "Version": "2012-10-17",
  "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]
}'
aws iam put-role-policy --role-name "$ROLE" --policy-name pull --policy-document '{
  "Version": "2012-10-17",
  "Statement": [
    {"Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"},
    {"Effect": "Allow", "Resource": "'"$arn"'",
     "Action": ["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"]}
  ]
}'

# The repository policy allows the partner to pull.
aws ecr set-repository-policy --repository-name "$REPOSITORY" --policy-text '{
  "Version": "2012-10-17",
  "Statement": [
    {"Sid": "PartnerPulls", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::'"$PARTNER"':root"},
     "Action": ["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"]}
  ]
}'
