. "$LAB/../retry.sh"

# A custom VPC without DNS host names: two subnets with a route to the Internet. Port 8080 is allowed from an office
# network.
vpc=$(aws ec2 create-vpc --cidr-block 10.9.0.0/16 --query Vpc.VpcId --output text)
gateway=$(aws ec2 create-internet-gateway --query InternetGateway.InternetGatewayId --output text)
aws ec2 attach-internet-gateway --internet-gateway-id "$gateway" --vpc-id "$vpc"
table=$(aws ec2 create-route-table --vpc-id "$vpc" --query RouteTable.RouteTableId --output text)
aws ec2 create-route --route-table-id "$table" --destination-cidr-block 0.0.0.0/0 --gateway-id "$gateway"
subnets=
for number in 1 2; do
  zone=$(aws ec2 describe-availability-zones --query "AvailabilityZones[$number].ZoneName" --output text)
  subnet=$(aws ec2 create-subnet --vpc-id "$vpc" --cidr-block "10.9.$number.0/24" --availability-zone "$zone" \
    --query Subnet.SubnetId --output text)
  aws ec2 associate-route-table --route-table-id "$table" --subnet-id "$subnet"
  subnets="${subnets:+$subnets,}$subnet"
done
group=$(aws ec2 create-security-group --group-name office --description Office --vpc-id "$vpc" \
  --query GroupId --output text)
aws ec2 authorize-security-group-ingress --group-id "$group" --protocol tcp --port 8000-8999 --cidr 198.51.100.0/24

aws ecs create-cluster --cluster-name "$CLUSTER"
aws ecs register-task-definition --family own --requires-compatibilities FARGATE --network-mode awsvpc \
  --cpu '0.5 vCPU' --memory '1 GB' --container-definitions '[
    {"name": "api", "image": "public.ecr.aws/docker/library/httpd", "portMappings": [{"containerPort": 8080}]}
  ]'
retry_while 'service linked role' \
  aws ecs create-service --cluster "$CLUSTER" --service-name "$SERVICE" --task-definition own:1 --desired-count 3 \
  --launch-type FARGATE --network-configuration \
  "awsvpcConfiguration={subnets=[$subnets],securityGroups=[$group],assignPublicIp=ENABLED}"
