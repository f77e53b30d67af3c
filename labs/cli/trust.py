"""Asks for confirmation before the checks of a pack that is not installed run for the first time.

Trust is stored as a hash of the checks, so changed checks are asked about again. No question is asked if the target is
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
"""File in the learner's folder: the hashes of trusted packs, one a line."""


def require_trust(packs: Iterable[Pack], connection: ConnectionOptions, trust: bool) -> None:
    """Asks whether to run the checks of packs that are not trusted yet. Raises UsageError if the answer is no."""
    if connection.environment or _on_this_machine(connection.endpoint_url):
        return
    trusted = _trusted()
    for pack in packs:
        if not pack.module and (now := content_hash(pack)) not in trusted:
            what = f"pack {pack.name} at {pack.checks.parent} is not installed: its checks are code of its authors"
            if not trust and not _confirm(what):
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
    """Stores the hash of a trusted pack. Raises LabsError if it cannot be written."""
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
        return set()  # no file, or it cannot be read: ask again


def _confirm(what: str) -> bool:
    return sys.stdin.isatty() and typer.confirm(f"{what}. Run them?", err=True)


def _on_this_machine(endpoint: str | None) -> bool:
    try:
        host = urlsplit(endpoint or os.environ.get("AWS_ENDPOINT_URL", "")).hostname
    except ValueError:
        return False  # not a URL: opening the session reports it
    return host in {"localhost", "127.0.0.1", "::1"}
