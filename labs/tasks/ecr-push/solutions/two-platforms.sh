# As docker buildx pushes it: an index with the images of two platforms and an attestation. Only the index has a tag.
. <(sed '/^aws ecr put-image/,$d' "$LAB/solution.sh")
oci=application/vnd.oci.image
manifest() {
  echo '{"schemaVersion": 2, "mediaType": "'$oci'.manifest.v1+json",
    "config": {"mediaType": "'$oci'.config.v1+json", "size": '"$(size "$1")"', "digest": "'"$(digest "$1")"'"},
    "layers": [{"mediaType": "'"$3"'", "size": '"$(size "$2")"', "digest": "'"$(digest "$2")"'"}]}'
}
put() { aws ecr put-image --repository-name "$REPOSITORY" --image-manifest "file://$1" --image-manifest-media-type "$2" "${@:3}"; }

sed 's/amd64/arm64/' config.json > config-arm.json
echo '{"predicateType": "https://slsa.dev/provenance/v1"}' > provenance.json
upload config-arm.json
upload provenance.json
manifest config.json layer.tar.gz $oci.layer.v1.tar+gzip > amd.json
manifest config-arm.json layer.tar.gz $oci.layer.v1.tar+gzip > arm.json
manifest config.json provenance.json application/vnd.in-toto+json > attestation.json
for each in amd arm attestation; do put $each.json $oci.manifest.v1+json; done

cat > index.json <<EOT
{"schemaVersion": 2, "mediaType": "$oci.index.v1+json", "manifests": [
  {"mediaType": "$oci.manifest.v1+json", "digest": "$(digest attestation.json)", "size": $(size attestation.json),
   "annotations": {"vnd.docker.reference.type": "attestation-manifest"}, "platform": {"architecture": "unknown", "os": "unknown"}},
  {"mediaType": "$oci.manifest.v1+json", "digest": "$(digest amd.json)", "size": $(size amd.json),
   "platform": {"architecture": "amd64", "os": "linux"}},
  {"mediaType": "$oci.manifest.v1+json", "digest": "$(digest arm.json)", "size": $(size arm.json),
   "platform": {"architecture": "arm64", "os": "linux"}}
]}
EOT
put index.json $oci.index.v1+json --image-tag "$TAG"
