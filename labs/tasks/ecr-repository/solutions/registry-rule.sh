# As in the console: create the repository with defaults, then change its settings. A registry rule has a wildcard.
aws ecr create-repository --repository-name "$REPOSITORY"
aws ecr put-registry-scanning-configuration --scan-type BASIC --rules '[
  {"scanFrequency": "SCAN_ON_PUSH", "repositoryFilters": [
    {"filter": "prod-*", "filterType": "WILDCARD"}, {"filter": "*/web", "filterType": "WILDCARD"}]}
]'
aws ecr put-image-tag-mutability --repository-name "$REPOSITORY" --image-tag-mutability IMMUTABLE

# A third rule for tagged images, priorities with gaps, and rules that are not sorted by priority.
cat > policy.json <<END
{"rules": [
  {"rulePriority": 100, "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 5},
   "action": {"type": "expire"}},
  {"rulePriority": 50, "selection": {"tagStatus": "tagged", "tagPatternList": ["dev-*"], "countType": "sinceImagePushed",
   "countUnit": "days", "countNumber": 30}, "action": {"type": "expire"}},
  {"rulePriority": 10, "selection": {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days",
   "countNumber": 1}, "action": {"type": "expire"}}
]}
END
aws ecr put-lifecycle-policy --repository-name "$REPOSITORY" --lifecycle-policy-text file://policy.json
