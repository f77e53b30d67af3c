# With Docker, on AWS and in the sandbox, in a folder with a Dockerfile:
#   aws ecr create-repository --repository-name "$REPOSITORY"
#   uri=$(aws ecr describe-repositories --repository-names "$REPOSITORY" --output text \
#     --query 'repositories[0].repositoryUri')
#   aws ecr get-login-password | docker login --username AWS --password-stdin "${uri%%/*}"
#   docker build --tag "$uri:$TAG" .
#   docker push "$uri:$TAG"
# Without Docker, as below, the AWS CLI makes the calls of a push one at a time.

# The repository. By default, a push does not create it.
aws ecr create-repository --repository-name "$REPOSITORY"

# An image with one file: a layer and a config. Docker builds the same two blobs.
echo "hello from $REPOSITORY" > hello.txt
tar -cf layer.tar hello.txt
content=$(sha256sum layer.tar | cut -d' ' -f1)
gzip -n layer.tar
cat > config.json <<EOT
{"architecture": "amd64", "os": "linux", "config": {"Cmd": ["cat", "/hello.txt"]},
 "rootfs": {"type": "layers", "diff_ids": ["sha256:$content"]}}
EOT

# Each blob is uploaded in parts, and stored under its digest.
digest() { echo "sha256:$(sha256sum "$1" | cut -d' ' -f1)"; }
size() { wc -c < "$1" | tr -d ' '; }
upload() {
  id=$(aws ecr initiate-layer-upload --repository-name "$REPOSITORY" --query uploadId --output text)
  aws ecr upload-layer-part --repository-name "$REPOSITORY" --upload-id "$id" \
    --part-first-byte 0 --part-last-byte $(($(size "$1") - 1)) --layer-part-blob "fileb://$1"
  aws ecr complete-layer-upload --repository-name "$REPOSITORY" --upload-id "$id" --layer-digests "$(digest "$1")"
}
upload layer.tar.gz
upload config.json

# The manifest names both blobs. It is pushed last.
cat > manifest.json <<EOT
{
  "schemaVersion": 2,
  "mediaType": "application/vnd.oci.image.manifest.v1+json",
  "config": {
    "mediaType": "application/vnd.oci.image.config.v1+json",
    "size": $(size config.json),
    "digest": "$(digest config.json)"
  },
  "layers": [{
    "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
    "size": $(size layer.tar.gz),
    "digest": "$(digest layer.tar.gz)"
  }]
}
EOT
aws ecr put-image --repository-name "$REPOSITORY" --image-tag "$TAG" --image-manifest file://manifest.json \
  --image-manifest-media-type application/vnd.oci.image.manifest.v1+json
