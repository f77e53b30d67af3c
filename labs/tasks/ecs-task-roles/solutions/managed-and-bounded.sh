# A task role with read access to S3, limited to one bucket by a permissions boundary. An execution role with a custom
# policy for its repositories and its log groups.
account=$(aws sts get-caller-identity --query Account --output text)
region=$(aws ec2 describe-availability-zones --query 'AvailabilityZones[0].RegionName' --output text)
cat > trust.json <<END
{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"Service": ["ecs-tasks.amazonaws.com", "lambda.amazonaws.com"]},
 "Action": ["sts:AssumeRole", "sts:TagSession"], "Condition": {"StringEquals": {"aws:SourceAccount": "$account"}}}}
END
boundary=$(aws iam create-policy --policy-name one-bucket --query Policy.Arn --output text --policy-document '{
  "Version": "2012-10-17",
  "Statement": [{"Sid": "Read", "Effect": "Allow", "Action": ["s3:Get*", "s3:List*"],
    "Resource": ["arn:aws:s3:::'"$BUCKET"'", "arn:aws:s3:::'"$BUCKET"'/*"]}]
}')
aws iam create-role --path /jobs/ --role-name nightly --assume-role-policy-document file://trust.json \
  --permissions-boundary "$boundary"
aws iam attach-role-policy --role-name nightly --policy-arn arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess

aws iam create-role --role-name starter --assume-role-policy-document file://trust.json
aws iam put-role-policy --role-name starter --policy-name starter --policy-document '{
  "Version": "2012-10-17",
  "Statement": [
    {"Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"},
    {"Effect": "Allow", "Action": ["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"],
     "Resource": "arn:aws:ecr:*:*:repository/jobs/*"},
    {"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
     "Resource": "arn:aws:logs:*:*:log-group:/jobs/*:log-stream:*"},
    {"Effect": "Allow", "Action": "logs:CreateLogGroup", "Resource": "arn:aws:logs:*:*:log-group:/jobs/*"}
  ]
}'
aws ecs register-task-definition --family "$FAMILY" --task-role-arn "arn:aws:iam::$account:role/jobs/nightly" \
  --execution-role-arn "arn:aws:iam::$account:role/starter" --container-definitions '[
    {"name": "job", "image": "'"$account.dkr.ecr.$region"'.amazonaws.com/jobs/nightly@sha256:'"$(printf '0%.0s' {1..64})"'", "memory": 128,
     "logConfiguration": {"logDriver": "awslogs", "options": {
       "awslogs-group": "/jobs/nightly", "awslogs-create-group": "true", "awslogs-region": "'"$region"'", "awslogs-stream-prefix": "job"}}}
  ]'
