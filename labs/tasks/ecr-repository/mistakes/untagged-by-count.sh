. "$LAB/solution.sh"
aws ecr put-lifecycle-policy --repository-name "$REPOSITORY" --lifecycle-policy-text '{"rules": [
  {"rulePriority": 1, "selection": {"tagStatus": "untagged", "countType": "imageCountMoreThan", "countNumber": 7},
   "action": {"type": "expire"}},
  {"rulePriority": 2, "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 10},
   "action": {"type": "expire"}}
]}'
