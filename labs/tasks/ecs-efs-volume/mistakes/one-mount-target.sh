. "$LAB/solution.sh"
target=$(aws efs describe-mount-targets --file-system-id "$fs" --query 'MountTargets[0].MountTargetId' --output text)
aws efs delete-mount-target --mount-target-id "$target"
