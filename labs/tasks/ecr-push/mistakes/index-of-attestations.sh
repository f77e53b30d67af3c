. <(sed '/^cat > index.json/,$d' "$LAB/solutions/two-platforms.sh")
cat > index.json <<EOT
{"schemaVersion": 2, "mediaType": "$oci.index.v1+json", "manifests": [
  {"mediaType": "$oci.manifest.v1+json", "digest": "$(digest attestation.json)", "size": $(size attestation.json),
   "annotations": {"vnd.docker.reference.type": "attestation-manifest"}, "platform": {"architecture": "unknown", "os": "unknown"}}
]}
EOT
put index.json $oci.index.v1+json --image-tag "$TAG"
