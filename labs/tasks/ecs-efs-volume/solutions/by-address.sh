# The mount targets allow address ranges, not groups: a prefix list with the subnet ranges, next to unrelated rules.
. "$LAB/solution.sh"
list=$(aws ec2 create-managed-prefix-list --prefix-list-name tasks --address-family IPv4 --max-entries 5 \
  --entries $(aws ec2 describe-subnets --subnet-ids $subnets --query 'Subnets[].CidrBlock' --output text \
    | tr '\t ' '\n\n' | sed 's/^/Cidr=/') --query PrefixList.PrefixListId --output text)
aws ec2 authorize-security-group-ingress --group-id "$files" \
  --ip-permissions "IpProtocol=tcp,FromPort=2000,ToPort=2100,PrefixListIds=[{PrefixListId=$list}]" \
  "IpProtocol=tcp,FromPort=2049,ToPort=2049,IpRanges=[{CidrIp=192.168.0.0/16}],Ipv6Ranges=[{CidrIpv6=::/0}]" \
  "IpProtocol=icmp,FromPort=-1,ToPort=-1,IpRanges=[{CidrIp=0.0.0.0/0}]"
aws ec2 revoke-security-group-ingress --group-id "$files" --protocol tcp --port 2049 --source-group "$tasks"
