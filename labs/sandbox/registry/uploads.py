"""Blobs over HTTP: checked, fetched, pushed in one or several parts, mounted from another repository."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from labs.errors import RegistryError
from labs.sandbox.images.errors import blob_unknown, unsupported
from labs.sandbox.images.names import split_repository
from labs.sandbox.registry.http import BodyStream, Reply, range_of

if TYPE_CHECKING:
    from labs.sandbox.images.blobs import BlobStore, Upload
    from labs.sandbox.registry.registry_request import RegistryRequest


class Blobs:
    """The part of the distribution API below `/blobs/`."""

    def __init__(self, store: BlobStore) -> None:
        self._store = store

    def blob(self, target: RegistryRequest, digest: str) -> Reply:
        """HEAD and GET of one blob."""
        match target.method:
            case "HEAD":
                return self._head(target, digest)
            case "GET":
                return self._get(target, digest)
        raise unsupported()

    def _head(self, target: RegistryRequest, digest: str) -> Reply:
        """Reply to HEAD; an error if the blob or its content is missing, so that a push uploads it."""
        found = target.ecr(
            "BatchCheckLayerAvailability", repositoryName=target.repository, layerDigests=[digest]
        )
        if not found["layers"]:
            raise blob_unknown(digest)
        size = self._store.existing(digest).stat().st_size
        return Reply(200, {"Content-Length": str(size), **_blob_headers(digest)})

    def _get(self, target: RegistryRequest, digest: str) -> Reply:
        target.ecr("GetDownloadUrlForLayer", repositoryName=target.repository, layerDigest=digest)
        file = self._store.existing(digest)
        size = file.stat().st_size
        wanted = range_of(target.header("HTTP_RANGE"), size)
        if wanted is None:
            return Reply(200, {"Accept-Ranges": "bytes", **_blob_headers(digest)}, file=file, end=size)
        start, end = wanted
        if start >= end:
            raise RegistryError(
                416, "RANGE_INVALID", "invalid range", headers={"Content-Range": f"bytes */{size}"}
            )
        headers = {"Content-Range": f"bytes {start}-{end - 1}/{size}", **_blob_headers(digest)}
        return Reply(206, headers, file=file, start=start, end=end)

    def start_upload(self, target: RegistryRequest, body: BodyStream) -> Reply:
        """POST: starts an upload, or completes it at once if the blob is mounted or included."""
        if target.method != "POST":
            raise unsupported()
        target.ecr.require_permission("InitiateLayerUpload", repositoryName=target.repository)
        mounted = self._mounted(target)
        if mounted is not None:
            return mounted
        upload = self._store.start()
        if "digest" in target.query:
            return self._complete(target, upload, body)
        return _accepted(target, upload)

    def upload(self, target: RegistryRequest, upload_id: str, body: BodyStream) -> Reply:
        """PATCH, PUT, GET and DELETE of an upload; one request of an upload at a time."""
        upload = self._store.upload(upload_id)
        with upload.lock:
            match target.method:
                case "PATCH":
                    _require_next(target, upload)
                    self._store.append(upload, body.chunks())
                    return _accepted(target, upload)
                case "PUT":
                    return self._complete(target, upload, body)
                case "GET":
                    return Reply(204, _upload_headers(target, upload))
                case "DELETE":
                    self._store.cancel(upload)
                    return Reply(204)
        raise unsupported()

    def _complete(self, target: RegistryRequest, upload: Upload, body: BodyStream) -> Reply:
        digest = target.query.get("digest", "")
        self._store.append(upload, body.chunks())
        self._store.finish(upload, digest)
        return self._referenced(target, digest)

    def _mounted(self, target: RegistryRequest) -> Reply | None:
        """Mounts a blob of another repository, if the account allows mounting and the caller can read it there."""
        digest, source = target.query.get("mount"), target.query.get("from")
        if not digest or not source:
            return None
        _, source = split_repository(source)
        try:
            setting = target.ecr("GetAccountSetting", name="BLOB_MOUNTING")
            if setting["value"] != "ENABLED":
                return None
            target.ecr("GetDownloadUrlForLayer", repositoryName=source, layerDigest=digest)
            self._store.existing(digest)
        except RegistryError:  # the specification: go on with an ordinary upload
            return None
        return self._referenced(target, digest)

    def _referenced(self, target: RegistryRequest, digest: str) -> Reply:
        """Registers a stored blob with ECR."""
        size = self._store.existing(digest).stat().st_size
        try:
            target.ecr(
                "CompleteLayerUpload",
                layer_size=size,
                repositoryName=target.repository,
                uploadId=str(uuid4()),
                layerDigests=[digest],
            )
        except RegistryError as error:
            if error.exception != "LayerAlreadyExistsException":
                raise
        headers = {"Location": target.url(f"blobs/{digest}"), "Docker-Content-Digest": digest}
        return Reply(201, headers)


def _blob_headers(digest: str) -> dict[str, str]:
    return {"Docker-Content-Digest": digest, "Content-Type": "application/octet-stream"}


def _upload_headers(target: RegistryRequest, upload: Upload) -> dict[str, str]:
    return {
        "Location": target.url(f"blobs/uploads/{upload.id}"),
        "Docker-Upload-UUID": upload.id,
        "Range": f"0-{max(upload.size - 1, 0)}",
    }


def _accepted(target: RegistryRequest, upload: Upload) -> Reply:
    return Reply(202, _upload_headers(target, upload))


def _require_next(target: RegistryRequest, upload: Upload) -> None:
    """A PATCH that names its range must start where the last one ended."""
    first = target.header("HTTP_CONTENT_RANGE").partition("-")[0]
    if first.isdigit() and first.lstrip("0") != str(upload.size or ""):
        raise RegistryError(
            416, "RANGE_INVALID", "invalid content range", headers=_upload_headers(target, upload)
        )
