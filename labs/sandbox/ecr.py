"""ECR's images and layers: a manifest is stored under its own digest, and only when its blobs are there.

Error codes and limits are those of the API reference (`PutImage`, `CompleteLayerUpload`,
`GetDownloadUrlForLayer`).
That the config blob counts among the layers was read off a registry's answer (oras-project/oras-py, issue 54).
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import Any

from moto.core.responses import ActionResult  # noqa: TID253 - only the server imports this
from moto.ecr.exceptions import (  # noqa: TID253 - only the server imports this
    ImageAlreadyExistsException,
    InvalidParameterException,
    UploadNotFoundException,
    ValidationException,
)
from moto.ecr.models import Image, LayerUpload, Repository  # noqa: TID253 - only the server imports this

from labs.sandbox.clock import now
from labs.sandbox.extend import Stock, operation

TOKEN_LIFETIME = timedelta(hours=12)
LEAST_PART = 5 * 1024 * 1024
"""Bytes that every part of a layer but the last must have."""

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
    """Config and layers of an image; foreign layers, which are kept elsewhere, are left out."""
    images: tuple[str, ...]
    """The manifests of an index."""

    @property
    def digest(self) -> str:
        """The sha256 of exactly the bytes that were pushed."""
        return sha256(self.text.encode())


def refusal(code: str, message: str) -> ValidationException:
    """An error of ECR's by its code: moto knows the service by the module of the error's class."""
    return ValidationException(code, message)


def sha256(content: bytes) -> str:
    """A digest as registries write it."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def read_manifest(text: str, media_type: str | None) -> Manifest:
    """The manifest in `text`. Raises InvalidParameterException where it is none."""
    try:
        parsed = json.loads(text)
    except json.JSONDecodeError:
        raise _invalid_manifest("Invalid JSON syntax") from None
    if not isinstance(parsed, dict):
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
    return Manifest(text, kind, _digests([parsed["config"], *kept]), ())


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
    """Stores a manifest under its digest, moves the tag, and answers as AWS does where it cannot."""
    get = response._get_param
    repository = _repository(response)
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
    if tag:
        _move_tag(repository, image, tag)
    return ActionResult({"image": image})


def _repository(response: Any) -> Repository:
    get = response._get_param
    found: Repository = response.ecr_backend._get_repository(get("repositoryName"), get("registryId"))
    return found


def _where(repository: Repository) -> str:
    return f"repository with name '{repository.name}' in the registry with id '{repository.registry_id}'"


def _require_contents(repository: Repository, manifest: Manifest) -> None:
    """Every blob, and every image of an index, must have been pushed before."""
    missing = [digest for digest in manifest.blobs if digest not in repository.layers]
    if missing:
        raise refusal(
            "LayersNotFoundException",
            f"Layers with digests '[{', '.join(missing)}]' required for pushing image into "
            f"{_where(repository)} do not exist",
        )
    absent = [digest for digest in manifest.images if _image_with(repository, digest=digest) is None]
    if absent:
        raise refusal(
            "ReferencedImagesNotFoundException",
            f"Images with digests '[{', '.join(absent)}]' required for pushing image into "
            f"{_where(repository)} do not exist",
        )


def _require_new(repository: Repository, image: Image | None, manifest: Manifest, tag: str | None) -> None:
    """A tag may be pushed to the same image once only, and moved only where tags are mutable."""
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
    """Tags that match an exclusion filter behave the other way round."""
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
    image.image_pushed_at = int(now().timestamp())
    repository.images.append(image)
    stored: Image = image
    return stored


def _move_tag(repository: Repository, image: Image, tag: str) -> None:
    """The image that held the tag stays, untagged where it was its only one."""
    holder = _image_with(repository, tag=tag)
    if holder is not None:
        holder.image_tags.remove(tag)
        holder.image_tag = holder.image_tags[-1] if holder.image_tags else None  # type: ignore[assignment] # as above
    image.update_tag(tag)


@operation("ecr", "UploadLayerPart", "moto takes a part of another length than the call says")
def upload_layer_part(response: Any, stock: Stock) -> Any:
    """Appends a part, whose byte range must be as long as its content; small parts are remembered."""
    get = response._get_param
    repository, upload = _repository(response), _upload(response)
    size = len(base64.b64decode(get("layerPartBlob") or ""))
    if size != get("partLastByte") - get("partFirstByte") + 1:
        raise refusal(
            "InvalidLayerPartException",
            f"Invalid layer part upload for upload with id '{upload.upload_id}' in the {_where(repository)}: "
            f"bytes {get('partFirstByte')} to {get('partLastByte')} are not {size} bytes",
        )
    answer = stock()
    upload.part_sizes = [*getattr(upload, "part_sizes", ()), size]
    return answer


def _upload(response: Any) -> Any:
    repository = _repository(response)
    wanted = response._get_param("uploadId")
    upload: LayerUpload | None = repository.uploads.get(wanted)
    if upload is None:
        raise UploadNotFoundException(wanted, repository.name, repository.registry_id)
    return upload


@operation("ecr", "CompleteLayerUpload", "moto keeps a layer whatever digest it was said to have")
def complete_layer_upload(response: Any, stock: Stock) -> Any:
    """Keeps the layer under its digest, which must be one of those given."""
    repository, upload = _repository(response), _upload(response)
    digest = sha256(bytes(upload.layer_parts))
    given = response._get_param("layerDigests")
    whose = f"upload with id '{upload.upload_id}' in the {_where(repository)}"
    sizes = getattr(upload, "part_sizes", [])
    if not sizes:
        raise refusal(
            "EmptyUploadException", f"The {whose} cannot be completed because it does not have any parts"
        )
    if any(size < LEAST_PART for size in sizes[:-1]):
        raise refusal("LayerPartTooSmallException", f"The {whose} has a part smaller than 5 MiB")
    if digest not in given:
        raise refusal(
            "InvalidLayerException",
            f"The {whose} has the digest '{digest}', which does not match the one specified: {', '.join(given)}",
        )
    if digest in repository.layers:
        raise refusal(
            "LayerAlreadyExistsException",
            f"The layer with digest '{digest}' already exists in the {_where(repository)}",
        )
    return stock()


@operation("ecr", "GetDownloadUrlForLayer", "missing in moto")
def get_download_url_for_layer(response: Any, _: Stock) -> ActionResult:
    """Where a layer could be fetched: only layers that an image names can.

    The address has AWS's form and leads to AWS's own bucket: the sandbox hands out no blobs.
    """
    repository = _repository(response)
    digest = response._get_param("layerDigest")
    what = f"The layer with digest '{digest}'"
    if digest not in repository.layers:
        raise refusal("LayersNotFoundException", f"{what} does not exist within the {_where(repository)}")
    named = {blob for image in repository.images for blob in _blobs(image)}
    if digest not in named:
        raise refusal("LayerInaccessibleException", f"{what} is not associated with an image")
    bucket = f"prod-{repository.region_name}-starport-layer-bucket.s3.{repository.region_name}.amazonaws.com"
    key = digest.replace("sha256:", f"{repository.registry_id}/")
    return ActionResult({"downloadUrl": f"https://{bucket}/{key}?X-Amz-Expires=3600", "layerDigest": digest})


def _blobs(image: Image) -> tuple[str, ...]:
    return read_manifest(image.image_manifest, image.image_manifest_media_type).blobs


@operation("ecr", "GetAuthorizationToken", "moto's token is constant and expired in 2015")
def get_authorization_token(response: Any, _: Stock) -> ActionResult:
    """A token of AWS's form (user AWS, a password of base64 JSON), good for twelve hours."""
    registries = response._get_param("registryIds") or [response.current_account]
    expires = now() + TOKEN_LIFETIME
    return ActionResult(
        {
            "authorizationData": [
                {
                    "authorizationToken": _token(registry, response.region, int(expires.timestamp())),
                    "expiresAt": expires,
                    "proxyEndpoint": f"https://{registry}.dkr.ecr.{response.region}.amazonaws.com",
                }
                for registry in registries
            ]
        }
    )


def _token(registry: str, region: str, expires: int) -> str:
    payload = base64.b64encode(hashlib.sha512(f"{registry} {region} {expires}".encode()).digest()).decode()
    content = {"payload": payload, "version": "2", "type": "DATA_KEY", "expiration": expires}
    password = base64.b64encode(json.dumps(content).encode())
    return base64.b64encode(b"AWS:" + password).decode()
