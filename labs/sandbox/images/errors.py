"""Errors of the registry: ECR's exceptions in the form of the distribution API.

Pairs of status and code are those that users of AWS have pasted (docker/buildx, kaniko, sinker, tart); where none
was found they are the distribution specification's.
"""

from __future__ import annotations

from labs.errors import RegistryError

_CODES = {
    "RepositoryNotFoundException": (404, "NAME_UNKNOWN"),
    "ImageTagAlreadyExistsException": (400, "TAG_INVALID"),
    "ImageNotFoundException": (404, "MANIFEST_UNKNOWN"),
    "LayersNotFoundException": (404, "BLOB_UNKNOWN"),
    "LayerInaccessibleException": (404, "BLOB_UNKNOWN"),
    "InvalidLayerException": (400, "DIGEST_INVALID"),
    "ImageDigestDoesNotMatchException": (400, "DIGEST_INVALID"),
    "ReferencedImagesNotFoundException": (404, "MANIFEST_UNKNOWN"),
    "UploadNotFoundException": (404, "BLOB_UPLOAD_UNKNOWN"),
    "AccessDeniedException": (403, "DENIED"),
    "InvalidParameterException": (405, "UNSUPPORTED"),
}


def from_ecr(exception: str, message: str) -> RegistryError:
    """The registry's error for an ECR exception."""
    status, code = _CODES.get(exception, (500, "UNKNOWN"))
    return RegistryError(status, code, message, exception=exception)


def unsupported() -> RegistryError:
    """A method that the registry does not support at this address."""
    return RegistryError(405, "UNSUPPORTED", "The operation is unsupported.")


def blob_unknown(digest: str) -> RegistryError:
    """A blob whose content the sandbox does not hold: it was never pushed, or its world was loaded without images."""
    return RegistryError(404, "BLOB_UNKNOWN", f"The sandbox has no content of {digest}: push the image again")
