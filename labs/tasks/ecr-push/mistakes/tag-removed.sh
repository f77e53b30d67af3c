. "$LAB/solution.sh"
aws ecr put-image --repository-name "$REPOSITORY" --image-tag "$TAG-old" --image-manifest file://manifest.json
aws ecr batch-delete-image --repository-name "$REPOSITORY" --image-ids imageTag="$TAG"
