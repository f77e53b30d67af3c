"""A cluster with three instances, and a repository with an image."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from ecs_kit import (
    define,
    join,
)
from pulls_kit import sha256


@pytest.fixture
def prod(ecs: Any) -> Any:
    """A cluster with three instances in three zones and a task definition `web`."""
    ecs.create_cluster(clusterName="prod")
    join(3)
    define(ecs)
    return ecs


@pytest.fixture
def world(aws: None, client: Callable[..., Any]) -> Callable[..., Any]:
    """Image labs/app:v1 in the registry, and an empty cluster."""
    ecr = client("ecr")
    ecr.create_repository(repositoryName="labs/app")
    where = {"repositoryName": "labs/app"}
    for blob in (b"{}", b"layer"):
        upload = {**where, "uploadId": ecr.initiate_layer_upload(**where)["uploadId"]}
        ecr.upload_layer_part(**upload, partFirstByte=0, partLastByte=len(blob) - 1, layerPartBlob=blob)
        ecr.complete_layer_upload(**upload, layerDigests=[sha256(blob)])
    manifest = {
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": {"digest": sha256(b"{}")},
        "layers": [{"digest": sha256(b"layer")}],
    }
    ecr.put_image(**where, imageTag="v1", imageManifest=json.dumps(manifest))
    client("ecs").create_cluster(clusterName="labs")
    return client
