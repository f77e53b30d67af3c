# The repository: immutable tags, and scan on push.
aws ecr create-repository --repository-name "$REPOSITORY" --image-tag-mutability IMMUTABLE \
  --image-scanning-configuration scanOnPush=true

# Untagged images expire after a week, and 10 images are kept. The rule for any tag status applies last.
aws ecr put-lifecycle-policy --repository-name "$REPOSITORY" --lifecycle-policy-text '{
  "rules": [
    {"rulePriority": 1, "description": "untagged images expire after a week",
     "selection": {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 7},
     "action": {"type": "expire"}},
    {"rulePriority": 2, "description": "keep ten images",
     "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 10},
     "action": {"type": "expire"}}
  ]
}'
