# The tasks run in the default VPC, and the mount targets are in another VPC, in the same zones.
. "$LAB/mistakes/one-mount-target.sh"
aws efs delete-mount-target --mount-target-id \
  "$(aws efs describe-mount-targets --file-system-id "$fs" --query 'MountTargets[0].MountTargetId' --output text)"
elsewhere=$(aws ec2 create-vpc --cidr-block 10.9.0.0/16 --query Vpc.VpcId --output text)
number=0
for zone in $(aws ec2 describe-subnets --subnet-ids $subnets --query 'Subnets[].AvailabilityZone' --output text); do
  number=$((number + 1))
  subnet=$(aws ec2 create-subnet --vpc-id "$elsewhere" --cidr-block "10.9.$number.0/24" --availability-zone "$zone" \
    --query Subnet.SubnetId --output text)
  aws efs create-mount-target --file-system-id "$fs" --subnet-id "$subnet"
done
