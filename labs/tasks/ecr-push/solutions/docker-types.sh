# Docker media types, a large layer that is uploaded in two parts and used twice, and a tag that moves to this image.
. "$LAB/solution.sh"
head -c 6000000 /dev/zero > zeros
tar -cf large.tar zeros
first=5242880
id=$(aws ecr initiate-layer-upload --repository-name "$REPOSITORY" --query uploadId --output text)
head -c $first large.tar > part1
tail -c +$((first + 1)) large.tar > part2
aws ecr upload-layer-part --repository-name "$REPOSITORY" --upload-id "$id" \
  --part-first-byte 0 --part-last-byte $((first - 1)) --layer-part-blob fileb://part1
aws ecr upload-layer-part --repository-name "$REPOSITORY" --upload-id "$id" \
  --part-first-byte $first --part-last-byte $(($(size large.tar) - 1)) --layer-part-blob fileb://part2
aws ecr complete-layer-upload --repository-name "$REPOSITORY" --upload-id "$id" --layer-digests "$(digest large.tar)"

docker=application/vnd.docker
layer='{"mediaType":"'$docker'.image.rootfs.diff.tar","size":'$(size large.tar)',"digest":"'$(digest large.tar)'"}'
manifest='{"schemaVersion":2,"mediaType":"'$docker'.distribution.manifest.v2+json","config":{"mediaType":"'$docker'.container.image.v1+json","size":'$(size config.json)',"digest":"'$(digest config.json)'"},"layers":['$layer','$layer']}'
aws ecr put-image --repository-name "$REPOSITORY" --image-tag latest --image-manifest "$manifest"
aws ecr put-image --repository-name "$REPOSITORY" --image-tag "$TAG" --image-manifest "$manifest"
