. "$LAB/solution.sh"
aws ec2 terminate-instances --instance-ids "$instance"
cat > user-data.sh <<EOF
#!/bin/bash
echo ECS_CLUSTER=$CLUSTER >> /etc/ecs/ecs.config
echo ECS_ENABLE_TASK_IAM_ROLE=true >> /etc/ecs/ecs.config
systemctl restart ecs
EOF
aws ec2 run-instances --image-id "$image" --instance-type t3.micro --user-data file://user-data.sh \
  --iam-instance-profile "Name=$CLUSTER-instance" \
  --tag-specifications "ResourceType=instance,Tags=[{Key=Name,Value=$INSTANCE}]"
