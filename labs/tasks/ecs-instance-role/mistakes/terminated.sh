. "$LAB/solution.sh"
aws ec2 terminate-instances --instance-ids "$instance"
