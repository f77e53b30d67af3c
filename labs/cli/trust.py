"""Asks once before the checks of a pack that is not installed run: they are its authors' code.

What was trusted is a hash of the pack's checks: other ones are asked about again. Nothing is asked where the target is
a sandbox on this machine, which has no credentials of yours.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import typer

from labs.cli import runtime
from labs.errors import LabsError, UsageError

if TYPE_CHECKING:
    from labs.aws.session import ConnectionOptions
    from labs.sdk import Pack

FILE = "trusted-packs"
"""In the learner's folder: the hashes of the packs that are trusted, a line each."""


def require_trust(packs: Iterable[Pack], connection: ConnectionOptions, trust: bool) -> None:
    """Asks whether to run the code of these packs, where nobody has said so. Raises UsageError unless one does."""
    if connection.environment or _on_this_machine(connection.endpoint_url):
        return
    trusted = _trusted()
    for pack in packs:
        if not pack.module and (now := content_hash(pack)) not in trusted:
            what = f"pack {pack.name} at {pack.checks.parent} is not installed: its checks are code of its authors"
            if not trust and not _agreed(what):
                raise UsageError(f"{what}. Read them, and then say --trust")
            remember_trust(now)


def content_hash(pack: Pack) -> str:
    """A hash of all files among a pack's checks, by name and content."""
    import hashlib

    found = hashlib.sha256()
    for file in sorted(pack.checks.rglob("*")):
        if file.is_file() and "__pycache__" not in file.parts:
            name, content = str(file.relative_to(pack.checks)).encode(), file.read_bytes()
            found.update(b"%d %s %d " % (len(name), name, len(content)) + content)
    return found.hexdigest()


def remember_trust(content: str) -> None:
    """Keeps that the pack with this hash is trusted. Raises LabsError where it cannot be kept."""
    file = runtime.home() / FILE
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "w") as lines:
            lines.write(f"{content}\n")
    except OSError as error:
        raise LabsError(f"{file}: cannot be written: {error.strerror}") from error


def _trusted() -> set[str]:
    try:
        return set((runtime.home() / FILE).read_text(encoding="ascii", errors="replace").split())
    except OSError:
        return set()  # nothing has been trusted, or nobody can tell: it is asked again


def _agreed(what: str) -> bool:
    return sys.stdin.isatty() and typer.confirm(f"{what}. Run them?", err=True)


def _on_this_machine(endpoint: str | None) -> bool:
    try:
        host = urlsplit(endpoint or os.environ.get("AWS_ENDPOINT_URL", "")).hostname
    except ValueError:
        return False  # no address: the session says so
    return host in {"localhost", "127.0.0.1", "::1"}
