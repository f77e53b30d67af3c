. "$LAB/../retry.sh"

# The default capacity providers of the cluster instead of a launch type, a request in JSON, an inbound rule with another
# security group and a port range. A service with this name existed before and was deleted.
retry_while 'service linked role' \
  aws ecs create-cluster --cluster-name "$CLUSTER" --capacity-providers FARGATE FARGATE_SPOT \
  --default-capacity-provider-strategy capacityProvider=FARGATE_SPOT,weight=2 capacityProvider=FARGATE,base=1,weight=1
vpc=$(aws ec2 describe-vpcs --query 'Vpcs[].VpcId' --output text)
: "${vpc:?there is no default VPC in this region: aws ec2 create-default-vpc makes one}"
visitors=$(aws ec2 create-security-group --group-name visitors --description visitors --vpc-id "$vpc" \
  --query GroupId --output text)
tasks=$(aws ec2 create-security-group --group-name tasks --description tasks --vpc-id "$vpc" --query GroupId --output text)
more=$(aws ec2 create-security-group --group-name more --description more --vpc-id "$vpc" --query GroupId --output text)
aws ec2 authorize-security-group-ingress --group-id "$tasks" --protocol tcp --port 8000-8999 --source-group "$visitors"
revision=$(aws ecs register-task-definition --family site --requires-compatibilities EC2 FARGATE --network-mode awsvpc \
  --cpu .5vcpu --memory 1GB --container-definitions '[
    {"name": "side", "image": "busybox", "essential": false, "command": ["sleep", "infinity"]},
    {"name": "web", "image": "httpd", "portMappings": [{"containerPort": 8080, "hostPort": 8080, "protocol": "tcp"}]}
  ]' --query taskDefinition.taskDefinitionArn --output text)
cat > service.json <<END
{
  "cluster": "$CLUSTER", "serviceName": "$SERVICE", "taskDefinition": "$revision", "desiredCount": 1,
  "networkConfiguration": {"awsvpcConfiguration": {
    "subnets": $(aws ec2 describe-subnets --query 'Subnets[].SubnetId' --output json),
    "securityGroups": ["$more", "$tasks"], "assignPublicIp": "ENABLED"
  }}
}
END
retry_while 'service linked role' \
  aws ecs create-service --cli-input-json file://service.json
aws ecs delete-service --cluster "$CLUSTER" --service "$SERVICE" --force
retry_while 'service linked role' \
  aws ecs create-service --cli-input-json file://service.json
aws ecs update-service --cluster "$CLUSTER" --service "$SERVICE" --desired-count 3
