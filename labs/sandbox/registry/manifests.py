"""Manifests over HTTP: put under a tag or a digest, fetched, deleted; tags listed; referrers found."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from labs.errors import RegistryError
from labs.sandbox.ecr.repositories import sha256
from labs.sandbox.images.errors import unsupported
from labs.sandbox.registry.http import MAX_MANIFEST_BYTES, BodyStream, Reply

if TYPE_CHECKING:
    from labs.sandbox.registry.registry_request import RegistryRequest

OCI_INDEX = "application/vnd.oci.image.index.v1+json"
_BATCH = 100
"""Maximum number of images in one BatchGetImage."""


def manifest(target: RegistryRequest, reference: str, body: BodyStream) -> Reply:
    """HEAD, GET, PUT and DELETE of a manifest by its tag or digest."""
    by = {"imageDigest": reference} if reference.startswith("sha256:") else {"imageTag": reference}
    match target.method:
        case "PUT":
            return _put(target, by, body)
        case "DELETE":
            return _delete(target, by)
        case "HEAD" | "GET":
            return _get(target, by)
    raise unsupported()


def _put(target: RegistryRequest, by: dict[str, Any], body: BodyStream) -> Reply:
    content = body.read_manifest()
    if len(content) > MAX_MANIFEST_BYTES:
        raise RegistryError(413, "SIZE_INVALID", "manifest exceeds 4 MiB")
    try:
        text = content.decode()
    except UnicodeDecodeError:
        raise RegistryError(400, "MANIFEST_INVALID", "manifest is not UTF-8") from None
    try:
        target.ecr(
            "PutImage",
            repositoryName=target.repository,
            imageManifest=text,
            imageManifestMediaType=target.header("CONTENT_TYPE").partition(";")[0],
            **by,
        )
    except RegistryError as error:
        if error.exception != "ImageAlreadyExistsException":  # the same push again has nothing to do
            raise
    digest = sha256(content)
    headers = {"Location": target.url(f"manifests/{digest}"), "Docker-Content-Digest": digest}
    subject = _subject(text)
    return Reply(201, {**headers, "OCI-Subject": subject} if subject else headers)


def _get(target: RegistryRequest, by: dict[str, str]) -> Reply:
    found = target.ecr("BatchGetImage", repositoryName=target.repository, imageIds=[by])
    if not found["images"]:
        raise RegistryError(404, "MANIFEST_UNKNOWN", "Requested image not found")
    image = found["images"][0]
    content = image["imageManifest"].encode()
    headers = {
        "Content-Type": _media_type(image),
        "Docker-Content-Digest": image["imageId"]["imageDigest"],
        "Content-Length": str(len(content)),
    }
    return Reply(200, headers, content)


def _delete(target: RegistryRequest, by: dict[str, str]) -> Reply:
    found = target.ecr("BatchDeleteImage", repositoryName=target.repository, imageIds=[by])
    for failure in found.get("failures", ()):
        if failure["failureCode"] == "ImageReferencedByManifestList":
            raise RegistryError(405, "UNSUPPORTED", failure["failureReason"])
        raise RegistryError(404, "MANIFEST_UNKNOWN", "Requested image not found")
    return Reply(202)


def tags(target: RegistryRequest) -> Reply:
    """The tags of a repository in order; `n` and `last` select a page."""
    ids = _image_ids(target)
    names = sorted({each["imageTag"] for each in ids if "imageTag" in each})
    last, size = target.query.get("last", ""), target.query.get("n", "")
    left = [name for name in names if name > last] if last else names
    page = left[: int(size)] if size.isdigit() and len(size) < 10 else left
    headers = {"Content-Type": "application/json"}
    if page and len(page) < len(left):
        following = urlencode({"last": page[-1], "n": size})
        headers["Link"] = f'<{target.url("tags/list")}?{following}>; rel="next"'
    return Reply(200, headers, json.dumps({"name": target.name, "tags": page}).encode())


def referrers(target: RegistryRequest, digest: str) -> Reply:
    """The manifests whose subject is this digest, as an index; `artifactType` selects one type."""
    wanted = target.query.get("artifactType")
    found = [
        each for each in _referring(target, digest) if wanted is None or each.get("artifactType") == wanted
    ]
    index = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": found}
    filtered = {"OCI-Filters-Applied": "artifactType"} if wanted else {}
    return Reply(200, {"Content-Type": OCI_INDEX, **filtered}, json.dumps(index).encode())


def _referring(target: RegistryRequest, digest: str) -> Iterator[dict[str, Any]]:
    digests = sorted({each["imageDigest"] for each in _image_ids(target)})
    for start in range(0, len(digests), _BATCH):
        batch = [{"imageDigest": each} for each in digests[start : start + _BATCH]]
        for image in target.ecr("BatchGetImage", repositoryName=target.repository, imageIds=batch)["images"]:
            text = image["imageManifest"]
            if _subject(text) == digest:
                yield _descriptor(image, json.loads(text))


def _descriptor(image: dict[str, Any], content: dict[str, Any]) -> dict[str, Any]:
    kind = content.get("artifactType") or content.get("config", {}).get("mediaType")
    described = {
        "mediaType": _media_type(image),
        "digest": image["imageId"]["imageDigest"],
        "size": len(image["imageManifest"].encode()),
        "artifactType": kind,
        "annotations": content.get("annotations"),
    }
    return {name: value for name, value in described.items() if value}


def _image_ids(target: RegistryRequest) -> list[dict[str, str]]:
    return target.ecr.listed("ListImages", "imageIds", repositoryName=target.repository)


def _media_type(image: dict[str, Any]) -> str:
    named = image.get("imageManifestMediaType") or json.loads(image["imageManifest"]).get("mediaType")
    return str(named or "application/vnd.docker.distribution.manifest.v2+json")


def _subject(text: str) -> str | None:
    try:
        content = json.loads(text)
    except ValueError:
        return None
    subject = content.get("subject") if isinstance(content, dict) else None
    digest = subject.get("digest") if isinstance(subject, dict) else None
    return digest if isinstance(digest, str) else None
