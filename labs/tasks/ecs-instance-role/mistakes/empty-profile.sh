. "$LAB/solution.sh"
aws iam remove-role-from-instance-profile --instance-profile-name "$CLUSTER-instance" --role-name "$CLUSTER-instance"
