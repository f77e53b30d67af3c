. "$LAB/solution.sh"
aws ec2 authorize-security-group-ingress --group-id "$instance_group" --ip-permissions \
  'IpProtocol=tcp,FromPort=40000,ToPort=40000,Ipv6Ranges=[{CidrIpv6=::/0}]'
