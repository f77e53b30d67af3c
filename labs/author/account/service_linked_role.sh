# The role with which ECS manages what belongs to it. ECS creates it with the first cluster, which may fail then.
aws iam create-service-linked-role --aws-service-name ecs.amazonaws.com
aws iam wait role-exists --role-name AWSServiceRoleForECS
