"""`labs test --watch`: proves labs again when one of their files changes, each time in a new process."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NoReturn

import typer

from labs.content.lab import Lab
from labs.content.pack import Catalog, open_catalog

POLL_SECONDS = 0.5
"""Interval at which the files are read."""


def prove_on_changes(
    labs: list[str],
    packs: list[Path],
    step: str,
    *,
    keep: bool,
    jobs: int,
    states: Path | None,
    realistic: bool,
) -> NoReturn:
    """Proves the labs now and after each change until Ctrl-C. Each run is a new process with the new checks."""
    catalog = open_catalog(packs)
    chosen = catalog.chosen(labs, packs)
    with TemporaryDirectory(prefix="labs-states-") as own:
        command = [
            sys.executable,
            "-m",
            "labs",
            "test",
            *labs,
            "--jobs",
            str(jobs),
            "--states",
            str(states or own),
        ]
        command += ["-k", step] * bool(step) + ["--keep"] * keep + ["--realistic"] * realistic
        command += [word for pack in packs for word in ("--pack", str(pack))]
        on_changes(
            lambda: digest(catalog, chosen),
            lambda: subprocess.run(command, check=False),  # noqa: S603 - this command again
        )


def on_changes(
    state: Callable[[], bytes], act: Callable[[], object], pause: Callable[[float], None] = time.sleep
) -> NoReturn:
    """Calls `act` now, and again whenever `state` has changed since the last call."""
    acted_on = None
    while True:
        now = state()
        if now != acted_on:
            acted_on = now
            act()
            typer.echo("\nwaiting for a change; Ctrl-C ends", err=True)
        pause(POLL_SECONDS)


def digest(catalog: Catalog, labs: Iterable[Lab]) -> bytes:
    """A hash of all files in the folders of these labs and of their packs' checks."""
    labs = list(labs)
    folders = {lab.folder for lab in labs} | {catalog.labs[lab.id].checks for lab in labs}
    found = hashlib.sha256()
    for folder in sorted(folders):
        for file in sorted(folder.rglob("*")):
            if file.is_file() and file.suffix != ".pyc":
                found.update(str(file).encode() + b"\0" + file.read_bytes())
    return found.digest()
