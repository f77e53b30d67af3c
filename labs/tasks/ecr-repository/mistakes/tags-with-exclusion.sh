. "$LAB/solution.sh"
aws ecr put-image-tag-mutability --repository-name "$REPOSITORY" --image-tag-mutability IMMUTABLE_WITH_EXCLUSION \
  --image-tag-mutability-exclusion-filters filterType=WILDCARD,filter=latest
