"""Blobs of images: one file for each digest beside the journal, shared by all repositories, accounts and Regions.

ECR's state decides who can read a blob; this module stores only bytes. An upload is hashed while it is written,
flushed to disk and renamed to its digest before anything refers to it: after a crash, there may be an unused file,
but never a missing one.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import threading
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from labs.errors import RegistryError
from labs.sandbox.images.errors import blob_unknown

CHUNK_BYTES = 1 << 20
MAX_BLOB_BYTES = 10 << 30
"""Maximum size of a layer in the sandbox; ECR's own quota is 52,000 MiB."""
MIN_FREE_BYTES = 1 << 30
"""Free disk space, in bytes, that an upload must leave."""

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(slots=True)
class Upload:
    """A blob that is being pushed."""

    id: str
    path: Path
    size: int = 0
    hash: Any = field(default_factory=hashlib.sha256)
    lock: threading.Lock = field(default_factory=threading.Lock)


class BlobStore:
    """The folder of blobs of one sandbox."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._parts = folder / "uploads"
        self._uploads: dict[str, Upload] = {}
        shutil.rmtree(self._parts, ignore_errors=True)
        self._parts.mkdir(parents=True, exist_ok=True)

    def path(self, digest: str) -> Path:
        """The file of a blob, which need not exist. Raises RegistryError for an invalid digest."""
        if not _DIGEST.fullmatch(digest):
            raise RegistryError(400, "DIGEST_INVALID", "provided digest did not match uploaded content")
        return self.folder / digest.removeprefix("sha256:")

    def existing(self, digest: str) -> Path:
        """The file of a blob. Raises RegistryError if the sandbox does not have its content."""
        path = self.path(digest)
        if not path.is_file():
            raise blob_unknown(digest)
        return path

    def start(self) -> Upload:
        """A new, empty upload."""
        upload = Upload(str(uuid4()), self._parts / str(uuid4()))
        upload.path.touch()
        self._uploads[upload.id] = upload
        return upload

    def upload(self, upload_id: str) -> Upload:
        """An upload in progress. Raises RegistryError for an unknown id."""
        found = self._uploads.get(upload_id)
        if found is None:
            raise RegistryError(404, "BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry")
        return found

    def append(self, upload: Upload, chunks: Iterable[bytes]) -> None:
        """Adds to the end of an upload. Raises RegistryError if it grows too large for the sandbox or the disk."""
        with upload.path.open("ab") as file:
            for chunk in chunks:
                self._require_room(upload, len(chunk))
                file.write(chunk)
                upload.hash.update(chunk)
                upload.size += len(chunk)

    def finish(self, upload: Upload, digest: str) -> None:
        """Stores an upload under its digest. Raises RegistryError if its content has another digest."""
        kept = self.path(digest)
        found = f"sha256:{upload.hash.hexdigest()}"
        if found != digest:
            self.cancel(upload)
            raise RegistryError(
                400,
                "DIGEST_INVALID",
                f"None of the provided layer digests match the calculated layer digest: {found}",
            )
        with upload.path.open("rb") as file:
            os.fsync(file.fileno())
        upload.path.replace(kept)
        self._uploads.pop(upload.id, None)

    def cancel(self, upload: Upload) -> None:
        """Deletes an upload with its data."""
        self._uploads.pop(upload.id, None)
        upload.path.unlink(missing_ok=True)

    def keep(self, digest: str, content: bytes) -> None:
        """Stores a blob from memory, such as one from UploadLayerPart."""
        if not self.path(digest).exists():
            upload = self.start()
            self.append(upload, [content])
            self.finish(upload, digest)

    def collect_garbage(self, referenced: Collection[str]) -> None:
        """Deletes the blobs that no repository refers to."""
        for file in self.folder.iterdir():
            if file.is_file() and f"sha256:{file.name}" not in referenced:
                file.unlink()

    def clear(self) -> None:
        """Deletes every blob and every upload."""
        for upload in list(self._uploads.values()):
            self.cancel(upload)
        self.collect_garbage(())

    def size(self) -> int:
        """The total size of all blobs, in bytes."""
        return sum(file.stat().st_size for file in self.folder.iterdir() if file.is_file())

    def _require_room(self, upload: Upload, more: int) -> None:
        if upload.size + more > MAX_BLOB_BYTES:
            self._refuse(upload, f"The sandbox takes layers up to {MAX_BLOB_BYTES >> 30} GiB")
        if shutil.disk_usage(self.folder).free - more < MIN_FREE_BYTES:
            self._refuse(upload, f"The disk of the sandbox is full: {self.folder}")

    def _refuse(self, upload: Upload, message: str) -> None:
        self.cancel(upload)
        raise RegistryError(413, "SIZE_INVALID", message)
