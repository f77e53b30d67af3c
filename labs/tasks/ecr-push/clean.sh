# The repository, with its images.
aws ecr delete-repository --repository-name "$REPOSITORY" --force
