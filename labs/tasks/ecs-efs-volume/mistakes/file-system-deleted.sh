. "$LAB/solution.sh"
for target in $(aws efs describe-mount-targets --file-system-id "$fs" --query 'MountTargets[].MountTargetId' --output text); do
  aws efs delete-mount-target --mount-target-id "$target"
done
aws efs delete-file-system --file-system-id "$fs"
