"""An image in a repository, read as a client reads it: tag, manifest, blobs, digest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from labs.sdk import Account, CannotTell, Failed, Names, Objective, Outcome, Passed, batches, first_of, near

from . import _ecr, _leftovers

if TYPE_CHECKING:
    from mypy_boto3_ecr.type_defs import ImageDetailTypeDef, ImageTypeDef

INDEX_TYPES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
MANIFEST_TYPES = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
_MAX_DIGESTS = 100
"""The digests that one call of BatchGetImage or BatchCheckLayerAvailability takes."""
_MAX_TAGS_SHOWN = 5


def image_is_tagged(account: Account, lab: Names) -> Outcome:
    """An image with this tag is in the repository."""
    name, tag = lab["repository"], lab["tag"]
    there = _ecr.repository_exists(account, name)
    if isinstance(there, Failed):
        return there
    image = _image_or_none(account, name, tag)
    if image:
        return Passed(
            f"{name}:{tag} has digest {_short(image['imageDigest'])}",
            evidence="imageDetails[0].[imageDigest, imageTags]",
        )
    tags = _tags(account, name)
    summary = ", ".join(tags[:_MAX_TAGS_SHOWN]) + (", ..." if len(tags) > _MAX_TAGS_SHOWN else "")
    return Failed(
        found=f"{name} has no image tagged {tag}"
        + (f"; its tags are {summary}" if summary else ", and no other tag"),
        expected=f"an image tagged {tag} in {name}",
        hint="Check that the push ended without an error, and which tag you pushed. The default tag is latest.",
        evidence="imageDetails[].imageTags",
        near=near(tag, tags),
    )


def _image_or_none(account: Account, repository: str, tag: str) -> ImageDetailTypeDef | None:
    try:
        answer = account.ecr.describe_images(repositoryName=repository, imageIds=[{"imageTag": tag}])
    except account.ecr.exceptions.ImageNotFoundException:
        return None
    return first_of(answer["imageDetails"], f"image {repository}:{tag}")


def _the_image(account: Account, lab: Names) -> ImageDetailTypeDef:
    image = _image_or_none(account, lab["repository"], lab["tag"])
    if image is None:
        raise CannotTell(f"{lab['repository']}:{lab['tag']} was deleted during the check")
    return image


def _tags(account: Account, repository: str) -> list[str]:
    pages = account.ecr.get_paginator("describe_images").paginate(repositoryName=repository)
    return sorted(
        {tag for page in pages for image in page["imageDetails"] for tag in image.get("imageTags", [])}
    )


def manifest_names_config_and_layers(account: Account, lab: Names) -> Outcome:
    """The image's manifest, or that of one platform of an index, names a config and at least one layer."""
    digest = _the_image(account, lab)["imageDigest"]
    manifest = next(_platform_manifests(account, lab["repository"], digest), None)
    if manifest is not None:
        layers = len(manifest["layers"])
        return Passed(
            f"the manifest names a config and {layers} layer{'s' if layers > 1 else ''}",
            evidence="images[0].imageManifest",
        )
    return Failed(
        found=f"the manifest of {lab['repository']}:{lab['tag']} names no config with layers",
        expected="a manifest that names a config and at least one layer",
        hint="Check the fields config and layers of the manifest. An index needs at least one manifest for a platform.",
        evidence="images[].imageManifest",
    )


def _platform_manifests(account: Account, repository: str, digest: str) -> Iterator[dict[str, Any]]:
    """The manifest of this digest, or those of an index that are for a platform, if they name config and layers."""
    manifest = _content(first_of(_fetch(account, repository, [digest]), f"manifest {digest}"))
    if "manifests" not in manifest:
        yield from filter(_is_whole, [manifest])
        return
    digests = [each["digest"] for each in manifest["manifests"] if _is_platform(each)]
    for some in batches(digests, _MAX_DIGESTS):
        yield from filter(_is_whole, map(_content, _fetch(account, repository, some)))


def _fetch(account: Account, repository: str, digests: list[str]) -> list[ImageTypeDef]:
    """Manifests as they were pushed: a client that takes every type gets each in its own."""
    answer = account.ecr.batch_get_image(
        repositoryName=repository,
        imageIds=[{"imageDigest": digest} for digest in digests],
        acceptedMediaTypes=[*MANIFEST_TYPES, *INDEX_TYPES],
    )
    for failure in answer.get("failures", []):
        raise CannotTell(f"ECR returned no manifest for {failure['imageId']}: {failure['failureReason']}")
    return answer["images"]


def _content(image: ImageTypeDef) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(image["imageManifest"])
    except ValueError as error:
        raise CannotTell(f"ECR returned a manifest that is not JSON: {error}") from error
    return content


def _is_whole(manifest: dict[str, Any]) -> bool:
    """Whether a manifest names a config and at least one layer."""
    return bool(manifest.get("config", {}).get("digest") and manifest.get("layers"))


def _is_platform(descriptor: dict[str, Any]) -> bool:
    """Whether a descriptor is that of an image: attestations, beside them in an index, are for unknown/unknown."""
    platform: dict[str, str] = descriptor.get("platform", {})
    return platform.get("os") != "unknown"


def every_blob_is_available(account: Account, lab: Names) -> Outcome:
    """The config and every layer of that manifest are available in the repository; one platform is enough."""
    repository = lab["repository"]
    missing: list[str] = []
    for manifest in _platform_manifests(account, repository, _the_image(account, lab)["imageDigest"]):
        blobs = [blob["digest"] for blob in (manifest["config"], *manifest["layers"])]
        missing_here = [*_missing(account, repository, blobs)]
        if not missing_here:
            return Passed(
                f"{len(set(blobs))} blobs are available", evidence="layers[].[layerDigest, layerAvailability]"
            )
        missing = missing or missing_here
    if not missing:
        raise CannotTell(f"the manifest of {repository}:{lab['tag']} changed during the check")
    return Failed(
        found=f"{repository} does not contain {', '.join(map(_short, missing))}",
        expected="the config and every layer with the status AVAILABLE in the repository",
        hint="A manifest only names blobs by digest. Upload each blob before you push the manifest.",
        evidence=("layers[].[layerDigest, layerAvailability]", "failures"),
    )


def _missing(account: Account, repository: str, blobs: list[str]) -> Iterator[str]:
    for some in batches(dict.fromkeys(blobs), _MAX_DIGESTS):
        answer = account.ecr.batch_check_layer_availability(repositoryName=repository, layerDigests=some)
        there = {
            layer["layerDigest"] for layer in answer["layers"] if layer["layerAvailability"] == "AVAILABLE"
        }
        yield from (digest for digest in some if digest not in there)


def digest_is_of_the_manifest(account: Account, lab: Names) -> Outcome:
    """The image's digest is the sha256 of the manifest, byte for byte."""
    digest = _the_image(account, lab)["imageDigest"]
    text = first_of(_fetch(account, lab["repository"], [digest]), f"manifest {digest}")["imageManifest"]
    computed = f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
    if computed == digest:
        return Passed(
            f"{_short(digest)} is the sha256 of the manifest", evidence="images[0].imageId.imageDigest"
        )
    return Failed(
        found=f"the image digest is {_short(digest)}, and the sha256 of its manifest is {_short(computed)}",
        expected="an image digest that is the sha256 of the pushed manifest",
        hint="The registry computes the digest from the manifest, byte for byte. Compare the two values.",
        evidence=("images[0].imageId.imageDigest", "images[0].imageManifest"),
    )


def _short(digest: str) -> str:
    """A digest with its first 12 hexadecimal digits only."""
    return digest[: len("sha256:") + 12]


READS = (
    *_ecr.REPOSITORY_READS,
    "ecr:DescribeImages",
    "ecr:BatchGetImage",
    "ecr:BatchCheckLayerAvailability",
)
LEFTOVERS = (
    _leftovers.of(
        "repositories like", "repository", repository=["{repository}"], repositories_like=["{repository}"]
    ),
)
OBJECTIVES = (
    Objective("tagged", image_is_tagged),
    Objective("manifest", manifest_names_config_and_layers, needs=("tagged",)),
    Objective("layers", every_blob_is_available, needs=("manifest",)),
    Objective("digest", digest_is_of_the_manifest, needs=("tagged",)),
)
