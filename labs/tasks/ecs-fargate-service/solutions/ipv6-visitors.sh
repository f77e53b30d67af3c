# The container port is open for IPv6 only. A second rule is for another port.
. "$LAB/solution.sh"
aws ec2 revoke-security-group-ingress --group-id "$group" --protocol tcp --port 80 --cidr 0.0.0.0/0
aws ec2 authorize-security-group-ingress --group-id "$group" --protocol tcp --port 443 --cidr 0.0.0.0/0
aws ec2 authorize-security-group-ingress --group-id "$group" --ip-permissions \
  'IpProtocol=tcp,FromPort=80,ToPort=80,Ipv6Ranges=[{CidrIpv6=::/0}]'
