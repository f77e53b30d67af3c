"""Other emulators of AWS: their known gaps, found by the probes of the fidelity map."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from labs.errors import SandboxError

_MORE_OF_AWS = (".aws.dev", ".on.aws")


def is_aws(url: str) -> bool:
    """Whether an address is one of AWS's own: regional, FIPS, dual-stack, or a VPC endpoint."""
    return f".{urlsplit(url).hostname or ''}".endswith((*_domains(), *_MORE_OF_AWS))


@cache
def _domains() -> tuple[str, ...]:
    """The domains of all partitions, from botocore."""
    from botocore.loaders import create_loader

    partitions = create_loader().load_data("partitions")["partitions"]
    names = ("dnsSuffix", "dualStackDnsSuffix")
    return tuple({f".{partition['outputs'][name]}" for partition in partitions for name in names})


def keep(home: Path, url: str, lacks: Iterable[str]) -> Path:
    """Stores which probes fail at an endpoint. Raises SandboxError if the file cannot be written."""
    file = _file(home, url)
    document = {"schema": 1, "endpoint": url, "lacks": sorted(lacks)}
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise SandboxError(f"{file} cannot be written: {error.strerror}") from error
    return file


def kept(home: Path, url: str) -> tuple[str, ...] | None:
    """The stored failing probes of an endpoint; None if it was never probed."""
    try:
        lacks = json.loads(_file(home, url).read_text(encoding="utf-8"))["lacks"]
    except (OSError, ValueError, KeyError, TypeError):
        return None  # never probed, or a file that is no map: either way none is known
    return tuple(map(str, lacks)) if isinstance(lacks, list) else None


def _file(home: Path, url: str) -> Path:
    address = urlsplit(url)
    name = f"{address.scheme}://{address.hostname}:{address.port or ''}{address.path.rstrip('/')}"
    return home / "emulators" / f"{hashlib.sha256(name.encode()).hexdigest()[:16]}.json"
