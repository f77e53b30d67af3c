# The task role can also list the bucket and decrypt through S3, and a deny covers everything else. The first revision
# still has an administrator role.
trust='{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}]}'
for role in admin reader ecsTaskExecutionRole; do
  aws iam create-role --role-name "$role" --assume-role-policy-document "$trust"
done
aws iam attach-role-policy --role-name admin --policy-arn arn:aws:iam::aws:policy/AdministratorAccess
aws iam attach-role-policy --role-name ecsTaskExecutionRole \
  --policy-arn arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy
aws iam put-role-policy --role-name reader --policy-name objects --policy-document '{
  "Version": "2012-10-17",
  "Statement": [
    {"Effect": "Allow", "Action": ["s3:getobject", "s3:GetObjectVersion"], "Resource": ["arn:aws:s3:::'"$BUCKET"'/*"]},
    {"Effect": "Allow", "Action": ["s3:ListBucket", "s3:GetBucketLocation"], "Resource": "arn:aws:s3:::'"$BUCKET"'"},
    {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*",
     "Condition": {"StringLike": {"kms:ViaService": "s3.*.amazonaws.com"}}}
  ]
}'
policy=$(aws iam create-policy --policy-name nothing-else --query Policy.Arn --output text --policy-document '{
  "Version": "2012-10-17",
  "Statement": [{"Effect": "Deny", "NotAction": ["s3:GetObject*", "s3:ListBucket", "s3:GetBucketLocation", "kms:Decrypt"], "Resource": "*"}]
}')
aws iam attach-role-policy --role-name reader --policy-arn "$policy"

arn() { aws iam get-role --role-name "$1" --query Role.Arn --output text; }
for role in admin reader; do
  aws ecs register-task-definition --family "$FAMILY" --task-role-arn "$(arn "$role")" \
    --execution-role-arn "$(arn ecsTaskExecutionRole)" --network-mode awsvpc --cpu 256 --memory 512 \
    --container-definitions '[{"name": "job", "image": "amazon/aws-cli"}]'
done
