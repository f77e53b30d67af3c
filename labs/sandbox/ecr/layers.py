"""ECR's layers (upload in parts, storage by digest, download) and authorization tokens."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

from moto.core.responses import ActionResult
from moto.ecr.exceptions import UploadNotFoundException
from moto.ecr.models import Image, LayerUpload

from labs.sandbox.ecr.repositories import read_manifest, refusal, repository_of, sha256, where
from labs.sandbox.extend import Stock, operation
from labs.sandbox.images.serving import serving
from labs.sandbox.images.tokens import Login, write_token
from labs.sandbox.world import clock

LAYER_SIZE = "X-Cardlabs-Layer-Size"
"""A header that only the sandbox's registry sets: the size in bytes of a layer whose content it has."""
TOKEN_LIFETIME = timedelta(hours=12)
MIN_PART_BYTES = 5 * 1024 * 1024
"""Minimum size in bytes of every part of a layer except the last."""


@operation("ecr", "UploadLayerPart", "moto takes a part of another length than the call says")
def upload_layer_part(response: Any, stock: Stock) -> Any:
    """Appends a part, whose byte range must have the length of its content; small parts are recorded."""
    get = response._get_param
    repository, upload = repository_of(response), _upload(response)
    size = len(base64.b64decode(get("layerPartBlob") or ""))
    if size != get("partLastByte") - get("partFirstByte") + 1:
        raise refusal(
            "InvalidLayerPartException",
            f"Invalid layer part upload for upload with id '{upload.upload_id}' in the {where(repository)}: "
            f"bytes {get('partFirstByte')} to {get('partLastByte')} are not {size} bytes",
        )
    answer = stock()
    upload.part_sizes = [*getattr(upload, "part_sizes", ()), size]
    return answer


def _upload(response: Any) -> Any:
    repository = repository_of(response)
    wanted = response._get_param("uploadId")
    upload: LayerUpload | None = repository.uploads.get(wanted)
    if upload is None:
        raise UploadNotFoundException(wanted, repository.name, repository.registry_id)
    return upload


@operation("ecr", "CompleteLayerUpload", "moto keeps a layer whatever digest it was said to have")
def complete_layer_upload(response: Any, stock: Stock) -> Any:
    """Stores the layer under its digest, which must be among the given ones."""
    if LAYER_SIZE in response.headers:
        return _complete_pushed_layer(response, int(response.headers[LAYER_SIZE]))
    repository, upload = repository_of(response), _upload(response)
    digest = sha256(bytes(upload.layer_parts))
    given = response._get_param("layerDigests")
    whose = f"upload with id '{upload.upload_id}' in the {where(repository)}"
    sizes = getattr(upload, "part_sizes", [])
    if not sizes:
        raise refusal(
            "EmptyUploadException", f"The {whose} cannot be completed because it does not have any parts"
        )
    if any(size < MIN_PART_BYTES for size in sizes[:-1]):
        raise refusal("LayerPartTooSmallException", f"The {whose} has a part smaller than 5 MiB")
    if digest not in given:
        raise refusal(
            "InvalidLayerException",
            f"The {whose} has the digest '{digest}', which does not match the one specified: {', '.join(given)}",
        )
    _require_new_layer(repository, digest)
    if serving.blobs is not None:
        serving.blobs.keep(digest, bytes(upload.layer_parts))
    return stock()


def _complete_pushed_layer(response: Any, size: int) -> ActionResult:
    """Completes an upload whose content the registry already has."""
    repository, (digest,) = repository_of(response), response._get_param("layerDigests")
    _require_new_layer(repository, digest)
    repository.layers[digest] = size
    return ActionResult(
        {
            "registryId": repository.registry_id,
            "repositoryName": repository.name,
            "uploadId": response._get_param("uploadId"),
            "layerDigest": digest,
        }
    )


def _require_new_layer(repository: Any, digest: str) -> None:
    if digest in repository.layers:
        raise refusal(
            "LayerAlreadyExistsException",
            f"The layer with digest '{digest}' already exists in the {where(repository)}",
        )


@operation("ecr", "GetDownloadUrlForLayer", "missing in moto")
def get_download_url_for_layer(response: Any, _: Stock) -> ActionResult:
    """The download URL of a layer that belongs to an image.

    The URL has AWS's format and points to AWS's own bucket: only the registry serves contents.
    """
    repository = repository_of(response)
    digest = response._get_param("layerDigest")
    what = f"The layer with digest '{digest}'"
    if digest not in repository.layers:
        raise refusal("LayersNotFoundException", f"{what} does not exist within the {where(repository)}")
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
    """A token in AWS's format (user AWS, a password of base64 JSON), valid for 12 hours."""
    registries = response._get_param("registryIds") or [response.current_account]
    expires = clock.now() + TOKEN_LIFETIME
    return ActionResult(
        {
            "authorizationData": [
                {
                    "authorizationToken": _token(response, registry, int(expires.timestamp())),
                    "expiresAt": expires,
                    "proxyEndpoint": serving.endpoint(f"{registry}.dkr.ecr.{response.region}.amazonaws.com"),
                }
                for registry in registries
            ]
        }
    )


def _token(response: Any, registry: str, expires: int) -> str:
    return write_token(Login(response.get_access_key(), registry, response.region, expires), serving.seed)
