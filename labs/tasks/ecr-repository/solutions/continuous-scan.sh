# Enhanced scanning is continuous and starts with the push. A filter without a wildcard matches names that contain it.
# Repositories with similar names make no difference.
for name in "$REPOSITORY" "$REPOSITORY-app" "web"; do
  aws ecr create-repository --repository-name "$name" --image-tag-mutability MUTABLE
done
aws ecr put-image-tag-mutability --repository-name "$REPOSITORY" --image-tag-mutability IMMUTABLE
aws ecr put-registry-scanning-configuration --scan-type ENHANCED --rules '[
  {"scanFrequency": "SCAN_ON_PUSH", "repositoryFilters": [{"filter": "batch", "filterType": "WILDCARD"}]},
  {"scanFrequency": "CONTINUOUS_SCAN", "repositoryFilters": [{"filter": "we", "filterType": "WILDCARD"}]}
]'

# The rules name storage classes, and old tagged images move to the archive before the last rule counts.
aws ecr put-lifecycle-policy --repository-name "$REPOSITORY" --lifecycle-policy-text '{"rules": [
  {"rulePriority": 1, "selection": {"tagStatus": "untagged", "storageClass": "standard", "countType": "sinceImagePushed",
   "countUnit": "days", "countNumber": 7}, "action": {"type": "expire"}},
  {"rulePriority": 2, "selection": {"tagStatus": "tagged", "tagPrefixList": ["release-"], "countType": "sinceImagePulled",
   "countUnit": "days", "countNumber": 90}, "action": {"type": "transition", "targetStorageClass": "archive"}},
  {"rulePriority": 3, "selection": {"tagStatus": "any", "storageClass": "standard", "countType": "imageCountMoreThan",
   "countNumber": 10}, "action": {"type": "expire"}}
]}'
