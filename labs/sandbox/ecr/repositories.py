"""ECR's repositories: stores manifests by digest, if all of their blobs exist.

Error codes and limits are those of the API reference (`PutImage`, `CompleteLayerUpload`,
`GetDownloadUrlForLayer`).
That the config blob must exist like a layer is known from a registry's response (oras-project/oras-py, issue 54).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from moto.core.responses import ActionResult
from moto.ecr.exceptions import (
    ImageAlreadyExistsException,
    InvalidParameterException,
    ValidationException,
)
from moto.ecr.models import Image, Repository

from labs.sandbox.ecr.scans import scan_pushed_image
from labs.sandbox.extend import Stock, Undo, operation, patch, set_attribute
from labs.sandbox.images.serving import serving
from labs.sandbox.source import documented
from labs.sandbox.world import clock

_INDEX_TYPES = frozenset(
    {
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.oci.image.index.v1+json",
    }
)


@dataclass(frozen=True, slots=True)
class Manifest:
    """A pushed manifest: its exact text, its media type, and the digests that it names."""

    text: str
    media_type: str
    blobs: tuple[str, ...]
    """The config and layers of an image, without foreign layers, which are stored elsewhere."""
    images: tuple[str, ...]
    """The manifests of an index."""
    layers: tuple[str, ...] = ()
    """The blobs without the config."""

    @property
    def digest(self) -> str:
        """The sha256 of the pushed bytes."""
        return sha256(self.text.encode())


def refusal(code: str, message: str) -> ValidationException:
    """An ECR error with this code; moto identifies the service by the module of the error's class."""
    return ValidationException(code, message)


def sha256(content: bytes) -> str:
    """The sha256 digest of a text (`sha256:...`)."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def read_manifest(text: str, media_type: str | None) -> Manifest:
    """The manifest in `text`. Raises InvalidParameterException if it is malformed."""
    try:
        parsed = json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        raise _invalid_manifest("Invalid JSON syntax") from None
    if not isinstance(parsed, dict) or not parsed:
        raise _invalid_manifest("Invalid JSON syntax")
    kind = media_type or parsed.get("mediaType")
    if not kind:
        raise InvalidParameterException("image manifest mediatype not provided in manifest or parameter")
    if kind in _INDEX_TYPES:
        return Manifest(text, kind, (), _digests(parsed.get("manifests")))
    if not _digests([parsed.get("config")]):
        raise _invalid_manifest("Manifest must have a config")
    layers = parsed.get("layers")
    if not layers or not _digests(layers):
        raise _invalid_manifest("Image has to have at least 1 layer")
    kept = [layer for layer in layers if not layer.get("urls")]
    return Manifest(text, kind, _digests([parsed["config"], *kept]), (), _digests(kept))


def _digests(descriptors: Any) -> tuple[str, ...]:
    if not isinstance(descriptors, list):
        return ()
    return tuple(item["digest"] for item in descriptors if isinstance(item, dict) and item.get("digest"))


def _invalid_manifest(why: str) -> InvalidParameterException:
    return InvalidParameterException(
        f"Invalid parameter at 'ImageManifest' failed to satisfy constraint: '{why}'"
    )


@operation(
    "ecr", "PutImage", "moto invents the digest, asks for no layers and deletes the image whose tag moves"
)
def put_image(response: Any, _: Stock) -> ActionResult:
    """Stores a manifest under its digest, and moves the tag. Raises AWS's errors."""
    get = response._get_param
    repository = repository_of(response)
    manifest = read_manifest(get("imageManifest"), get("imageManifestMediaType"))
    tag = get("imageTag")
    if get("imageDigest") not in (None, manifest.digest):
        raise refusal(
            "ImageDigestDoesNotMatchException",
            f"The specified image digest '{get('imageDigest')}' does not match the digest that Amazon ECR "
            f"calculated for the image '{manifest.digest}'",
        )
    _require_contents(repository, manifest)
    image = _image_with(repository, digest=manifest.digest)
    _require_new(repository, image, manifest, tag)
    if image is None:
        image = _store(repository, manifest)
        if not manifest.images:
            scan_pushed_image(repository, image)
    if tag:
        _move_tag(repository, image, tag)
    return ActionResult({"image": image})


def repository_of(response: Any) -> Repository:
    """The repository that a request names. Raises RepositoryNotFoundException."""
    get = response._get_param
    found: Repository = response.ecr_backend._get_repository(get("repositoryName"), get("registryId"))
    return found


def where(repository: Repository) -> str:
    """A repository as AWS's error messages describe it."""
    return f"repository with name '{repository.name}' in the registry with id '{repository.registry_id}'"


def _require_contents(repository: Repository, manifest: Manifest) -> None:
    """Raises an error unless every blob, and every image of an index, has been pushed."""
    missing = [digest for digest in manifest.blobs if digest not in repository.layers]
    if missing:
        raise refusal(
            "LayersNotFoundException",
            f"Layers with digests '[{', '.join(missing)}]' required for pushing image into "
            f"{where(repository)} do not exist",
        )
    absent = [digest for digest in manifest.images if _image_with(repository, digest=digest) is None]
    if absent:
        raise refusal(
            "ReferencedImagesNotFoundException",
            f"Images with digests '[{', '.join(absent)}]' required for pushing image into "
            f"{where(repository)} do not exist",
        )


def _require_new(repository: Repository, image: Image | None, manifest: Manifest, tag: str | None) -> None:
    """Raises an error if the image already has the tag, or if the tag would move and is immutable."""
    if image is not None and (tag is None or tag in image.image_tags):
        raise ImageAlreadyExistsException(
            repository.name, repository.registry_id, manifest.digest, tag or "null"
        )
    holder = _image_with(repository, tag=tag) if tag else None
    if holder is not None and tag and not _is_mutable(repository, tag):
        raise refusal(
            "ImageTagAlreadyExistsException",
            f"The image tag '{tag}' already exists in the '{repository.name}' repository "
            "and cannot be overwritten because the tag is immutable.",
        )


def _is_mutable(repository: Repository, tag: str) -> bool:
    """Whether a tag is mutable; exclusion filters invert the repository's setting."""
    filters = repository.image_tag_mutability_exclusion_filters or []
    excluded = any(fnmatchcase(tag, one["filter"]) for one in filters)
    return repository.is_tag_immutable() == excluded


def _image_with(repository: Repository, *, digest: str | None = None, tag: str | None = None) -> Image | None:
    for image in repository.images:
        if image.image_digest == digest or (tag is not None and tag in image.image_tags):
            return image
    return None


def _store(repository: Repository, manifest: Manifest) -> Image:
    image: Any = Image(
        repository.account_id,
        None,  # type: ignore[arg-type] # moto's own callers leave the tag out like this
        manifest.text,
        repository.name,
        manifest.media_type,
        manifest.digest,
        repository.registry_id,
    )
    image.image_pushed_at = int(clock.now().timestamp())
    image.size = _size(repository, manifest)
    image.image_status = "ACTIVE"
    parsed = json.loads(manifest.text)
    artifact = parsed["config"].get("mediaType") if manifest.blobs else None
    image.artifact_media_type = artifact if isinstance(artifact, str) else None
    image.subject_manifest_digest = next(iter(_digests([parsed.get("subject")])), None)
    repository.images.append(image)
    stored: Image = image
    return stored


def _size(repository: Repository, manifest: Manifest) -> int:
    """The size of an image's layers in bytes; for an index, of its largest image (API reference, ImageDetail)."""
    if manifest.images:
        named = (_image_with(repository, digest=digest) for digest in manifest.images)
        return max(getattr(image, "size", 0) for image in named)
    return sum(repository.layers[digest] for digest in manifest.layers)


def _move_tag(repository: Repository, image: Image, tag: str) -> None:
    """Moves a tag to an image; the previous image stays, untagged if that was its only tag."""
    holder = _image_with(repository, tag=tag)
    if holder is not None:
        holder.image_tags.remove(tag)
        holder.image_tag = holder.image_tags[-1] if holder.image_tags else None  # type: ignore[assignment] # as above
    image.update_tag(tag)


@operation("ecr", "BatchDeleteImage", "moto deletes an image that an index names")
def batch_delete_image(response: Any, stock: Stock) -> Any:
    """Deletes images, except those that an index in the repository references (API reference, ImageFailure)."""
    repository = repository_of(response)
    named = {digest for image in repository.images for digest in _images_of(image)}
    wanted = response._get_param("imageIds") or []
    kept = [each for each in wanted if _digest_of(repository, each) in named]
    if not kept:
        return stock()
    left = [each for each in wanted if each not in kept]
    done: dict[str, Any] = {"imageIds": [], "failures": []}
    if left:
        done = response.ecr_backend.batch_delete_image(repository.name, repository.registry_id, left)
    failures = [
        {
            "imageId": each,
            "failureCode": "ImageReferencedByManifestList",
            "failureReason": "Requested image referenced by manifest list: ["
            + ", ".join(_lists(repository, each))
            + "]",
        }
        for each in kept
    ]
    return ActionResult({**done, "failures": [*done["failures"], *failures]})


def _digest_of(repository: Repository, image_id: dict[str, str]) -> str | None:
    """The digest of the image that this id deletes; None if the image keeps another tag."""
    image = _image_with(repository, digest=image_id.get("imageDigest"), tag=image_id.get("imageTag"))
    if image is None or ("imageDigest" not in image_id and len(image.image_tags) > 1):
        return None
    return image.get_image_digest()


def _lists(repository: Repository, image_id: dict[str, str]) -> list[str]:
    digest = _digest_of(repository, image_id)
    return [image.get_image_digest() for image in repository.images if digest in _images_of(image)]


def _images_of(image: Image) -> tuple[str, ...]:
    return read_manifest(image.image_manifest, image.image_manifest_media_type).images


@patch(
    "ecr:image-size",
    "moto tells the size of an image's config as the size of the image",
    documented("AmazonECR/latest/APIReference/API_ImageDetail.html"),
)
def _report_layer_sizes() -> Undo:
    def size(image: Image) -> int:
        return int(getattr(image, "size", 0))

    return set_attribute(Image, "get_image_size_in_bytes", size)


@patch(
    "ecr:repository-uri",
    "moto's address of a repository leads docker to AWS, not to the sandbox",
    documented("AmazonECR/latest/userguide/registry_auth.html"),
)
def _lead_to_the_sandbox() -> Undo:
    def uri(repository: Repository) -> str:
        host = f"{repository.registry_id}.dkr.ecr.{repository.region_name}.amazonaws.com"
        return serving.image_name(f"{host}/{repository.name}")

    return set_attribute(Repository, "uri", property(uri, lambda _repository, _uri: None))
