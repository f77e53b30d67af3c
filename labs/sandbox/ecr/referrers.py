"""ListImageReferrers: the artifacts, such as signatures, whose subject is an image."""

from __future__ import annotations

import json
from typing import Any

from moto.core.responses import ActionResult
from moto.ecr.models import Image

from labs.sandbox.ecr.repositories import repository_of
from labs.sandbox.extend import Stock, operation

DEFAULT_PAGE = 50


@operation("ecr", "ListImageReferrers", "moto has no referrers")
def list_image_referrers(response: Any, _stock: Stock) -> Any:
    """Returns the referrers of a digest, by type and status; a page holds 50 unless the call says otherwise."""
    subject, filters = response._get_param("subjectId")["imageDigest"], response._get_param("filter") or {}
    types, status = filters.get("artifactTypes"), filters.get("artifactStatus", "ACTIVE")
    described = [
        _described(image)
        for image in repository_of(response).images
        if getattr(image, "subject_manifest_digest", None) == subject
    ]
    found = [
        each
        for each in described
        if (not types or each.get("artifactType") in types) and status in ("ANY", each["artifactStatus"])
    ]
    start = int(response._get_param("nextToken") or 0)
    end = start + int(response._get_param("maxResults") or DEFAULT_PAGE)
    more = {"nextToken": str(end)} if end < len(found) else {}
    return ActionResult({"referrers": found[start:end], **more})


def _described(image: Image) -> dict[str, Any]:
    content = json.loads(image.image_manifest)
    described = {
        "digest": image.get_image_digest(),
        "mediaType": image.image_manifest_media_type,
        "artifactType": content.get("artifactType") or content.get("config", {}).get("mediaType"),
        "size": len(image.image_manifest.encode()),
        "annotations": content.get("annotations"),
        "artifactStatus": "ACTIVE",
    }
    return {name: value for name, value in described.items() if value}
