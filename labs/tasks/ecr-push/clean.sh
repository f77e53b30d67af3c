set +e # continue if a resource no longer exists

# The repository, with its images.
aws ecr delete-repository --repository-name "$REPOSITORY" --force

true # `labs clean` reports the resources that are left
