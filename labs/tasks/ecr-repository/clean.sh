# The repository, with its images and its policies.
aws ecr delete-repository --repository-name "$REPOSITORY" --force
