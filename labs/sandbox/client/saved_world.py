"""A saved world in one file: the journal alone, or a tar of the journal and the contents of images."""

from __future__ import annotations

import hashlib
import io
import re
import shutil
import tarfile
import tempfile
from pathlib import Path
from typing import IO

from labs.errors import SandboxError
from labs.sandbox.services import read_saved
from labs.sandbox.world.journal import Recorded

JOURNAL = "journal.jsonl"
_BLOB = re.compile(r"blobs/(?P<name>[0-9a-f]{64})")
_CHUNK = 1 << 20


def pack(file: Path, journal: bytes, blobs: Path, *, images: bool) -> None:
    """Writes a world. Raises SandboxError if the file cannot be written."""
    try:
        if not images:
            file.write_bytes(journal)
            return
        with tarfile.open(file, "w") as tar:
            entry = tarfile.TarInfo(JOURNAL)
            entry.size = len(journal)
            tar.addfile(entry, io.BytesIO(journal))
            for blob in sorted(blobs.glob("*")) if blobs.is_dir() else ():
                if blob.is_file():
                    tar.add(blob, f"blobs/{blob.name}", recursive=False)
    except OSError as error:
        raise SandboxError(f"{file} cannot be written: {error.strerror}") from error


def unpack(file: Path, blobs: Path) -> tuple[bytes, Recorded]:
    """The journal of a saved world. Contents of images are written to the folder, each under its digest.

    Raises SandboxError if the file is not a saved world, or if content does not have its digest.
    """
    if not file.is_file() or not tarfile.is_tarfile(file):
        return _usable(file)
    journal: tuple[bytes, Recorded] | None = None
    try:
        with tarfile.open(
            file, "r:"
        ) as tar:  # as it is written: compressed, a small file could fill the disk
            for entry in tar:
                content = tar.extractfile(entry) if entry.isfile() and not entry.issparse() else None
                blob = _BLOB.fullmatch(entry.name)
                if content is not None and entry.name == JOURNAL:
                    journal = _whole_lines(content)
                elif content is not None and blob:
                    _keep(content, blobs, blob["name"])
                else:
                    raise SandboxError(f"{file} is not a saved sandbox state: it holds {entry.name!r}")
    except (tarfile.TarError, OSError, EOFError) as error:
        raise SandboxError(f"{file} is damaged: {error}") from error
    if journal is None:
        raise SandboxError(f"{file} is not a saved sandbox state: it has no {JOURNAL}")
    return journal


def _whole_lines(content: IO[bytes]) -> tuple[bytes, Recorded]:
    with tempfile.NamedTemporaryFile() as beside:
        shutil.copyfileobj(content, beside)
        beside.flush()
        return _usable(Path(beside.name))


def _usable(file: Path) -> tuple[bytes, Recorded]:
    recorded = read_saved(file)
    return file.read_bytes()[: recorded.size], recorded


def _keep(content: IO[bytes], blobs: Path, name: str) -> None:
    blobs.mkdir(parents=True, exist_ok=True)
    found, beside = hashlib.sha256(), blobs / f"{name}.loaded"
    with beside.open("wb") as copy:
        while chunk := content.read(_CHUNK):
            found.update(chunk)
            copy.write(chunk)
    if found.hexdigest() != name:
        beside.unlink()
        raise SandboxError(f"the image content sha256:{name} is damaged")
    beside.replace(blobs / name)
