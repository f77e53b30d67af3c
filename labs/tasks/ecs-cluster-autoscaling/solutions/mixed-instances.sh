# A mixed instances policy, with the AMI by parameter, the profile by ARN and the default version of the template. The
# cluster is created last and has a second provider, with a smaller share.
. "$LAB/../retry.sh"

role() {
  aws iam create-role --role-name "$1" --assume-role-policy-document '{
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]
  }'
  aws iam put-role-policy --role-name "$1" --policy-name agent --policy-document '{
    "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ecs:*", "Resource": "*"}]
  }'
  aws iam create-instance-profile --instance-profile-name "$1"
  aws iam add-role-to-instance-profile --instance-profile-name "$1" --role-name "$1"
}
group() {
  retry_while 'Invalid IAM Instance Profile' \
    aws autoscaling create-auto-scaling-group --auto-scaling-group-name "$1" --min-size 0 --max-size "$2" \
    --availability-zones "$zone" --new-instances-protected-from-scale-in --mixed-instances-policy '{
      "LaunchTemplate": {
        "LaunchTemplateSpecification": {"LaunchTemplateName": "hosts"},
        "Overrides": [{"InstanceType": "t3.small"}, {"InstanceType": "t3.medium"}]
      },
      "InstancesDistribution": {"OnDemandBaseCapacity": 1, "OnDemandPercentageAboveBaseCapacity": 50}
    }'
  retry_while 'service linked role' aws ecs create-capacity-provider --name "$3" --auto-scaling-group-provider "$(aws autoscaling \
    describe-auto-scaling-groups --auto-scaling-group-names "$1" --output text --query \
    'AutoScalingGroups[0].AutoScalingGroupARN' | sed 's/.*/autoScalingGroupArn=&/')"
}
zone=$(aws ec2 describe-availability-zones --query 'AvailabilityZones[0].ZoneName' --output text)
role hosts
profile=$(aws iam get-instance-profile --instance-profile-name hosts --query InstanceProfile.Arn --output text)
boot=$(printf '#!/bin/sh\nC=%s\ncat >/etc/ecs/ecs.config <<END\nECS_CLUSTER=${C}\nEND\n' "$CLUSTER" | base64 | tr -d '\n')
aws ec2 create-launch-template --launch-template-name hosts --launch-template-data '{
  "ImageId": "resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2/recommended/image_id",
  "InstanceType": "t3.small", "IamInstanceProfile": {"Arn": "'"$profile"'"}, "UserData": "'"$boot"'"
}'
group hosts 10 "$PROVIDER"
group spare 2 spare
aws ecs update-capacity-provider --name "$PROVIDER" --auto-scaling-group-provider '{
  "managedScaling": {"status": "ENABLED", "targetCapacity": 80, "minimumScalingStepSize": 1, "maximumScalingStepSize": 5},
  "managedTerminationProtection": "ENABLED", "managedDraining": "DISABLED"
}'
aws ecs create-cluster --cluster-name "$CLUSTER" --capacity-providers spare "$PROVIDER" FARGATE \
  --default-capacity-provider-strategy capacityProvider=spare,weight=0 "capacityProvider=$PROVIDER,base=1,weight=100"
