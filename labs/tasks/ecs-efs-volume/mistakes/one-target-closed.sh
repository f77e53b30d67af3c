. "$LAB/solution.sh"
target=$(aws efs describe-mount-targets --file-system-id "$fs" --query 'MountTargets[1].MountTargetId' --output text)
aws efs modify-mount-target-security-groups --mount-target-id "$target" --security-groups "$tasks"
