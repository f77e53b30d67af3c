. "$LAB/../retry.sh"

# The agents set the attribute from their configuration. Memory and CPU are set for the task. In host mode, the
# container port is the host port. The expression compares more than the attribute. Five instances. The first task
# ran on the wrong instance, and a second one was started.
aws ecs create-cluster --cluster-name "$CLUSTER"
aws iam create-role --role-name ecsInstanceRole --assume-role-policy-document '{
  "Version": "2012-10-17",
  "Statement": [{"Effect": "Allow", "Principal": {"Service": ["ec2.amazonaws.com"]}, "Action": "sts:AssumeRole"}]
}'
aws iam put-role-policy --role-name ecsInstanceRole --policy-name agent --policy-document '{
  "Version": "2012-10-17",
  "Statement": [{"Effect": "Allow", "Action": ["ecs:*", "ecr:*", "logs:*"], "Resource": "*"}]
}'
aws iam create-instance-profile --instance-profile-name ecsInstanceRole
aws iam add-role-to-instance-profile --instance-profile-name ecsInstanceRole --role-name ecsInstanceRole
launch() {
  retry_while 'Invalid IAM Instance Profile' \
    aws ec2 run-instances --instance-type "$1" --user-data "file://$2" --iam-instance-profile Name=ecsInstanceRole \
    --image-id resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2/recommended/image_id
}
cat > plain.sh <<END
#!/bin/bash
cat <<CONFIG > /etc/ecs/ecs.config
ECS_CLUSTER=$CLUSTER
ECS_INSTANCE_ATTRIBUTES={"$ATTRIBUTE": "test"}
CONFIG
END
sed "s/\"test\"/\"$VALUE\"/" plain.sh > marked.sh
launch m5.large plain.sh
launch m5.xlarge plain.sh
launch t3.small plain.sh
launch t3.large marked.sh
launch t3.xlarge marked.sh
aws ecs register-task-definition --family "$FAMILY" --network-mode host --cpu 1024 --memory 5000 \
  --requires-compatibilities EC2 --container-definitions '[
    {"name": "web", "image": "nginx", "memory": 128, "portMappings": [{"containerPort": 8080}]},
    {"name": "side", "image": "busybox", "command": ["sleep", "infinity"], "memory": 64, "essential": false}
  ]' --placement-constraints \
  "type=memberOf,expression=attribute:$ATTRIBUTE exists and not(attribute:$ATTRIBUTE == test)" \
  'type=memberOf,expression=agentConnected == true'
larger=$(aws ecs list-container-instances --cluster "$CLUSTER" --filter 'attribute:ecs.instance-type == t3.xlarge' \
  --query 'containerInstanceArns[0]' --output text)
aws ecs start-task --cluster "$CLUSTER" --task-definition "$FAMILY" --started-by "$STARTED_BY" \
  --container-instances "$larger"
aws ecs run-task --cluster "$CLUSTER" --task-definition "$FAMILY" --started-by "$STARTED_BY" \
  --placement-strategy type=binpack,field=MEMORY type=random
