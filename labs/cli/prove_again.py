"""`labs test --watch`: proves labs again when a file of theirs changes, each time in a process of its own."""

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

SECONDS = 0.5
"""Between two looks at the files."""


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
    """Proves the labs now and after each change, until Ctrl-C. A new process sees the new checks."""
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
    """Acts now, and each time that the state is another one than when it acted last."""
    acted_on = None
    while True:
        now = state()
        if now != acted_on:
            acted_on = now
            act()
            typer.echo("\nwaiting for a change; Ctrl-C ends", err=True)
        pause(SECONDS)


def digest(catalog: Catalog, labs: Iterable[Lab]) -> bytes:
    """Differs when a file in the folder of one of these labs, or of their packs' checks, has changed."""
    labs = list(labs)
    folders = {lab.folder for lab in labs} | {catalog.labs[lab.id].checks for lab in labs}
    found = hashlib.sha256()
    for folder in sorted(folders):
        for file in sorted(folder.rglob("*")):
            if file.is_file() and file.suffix != ".pyc":
                found.update(str(file).encode() + b"\0" + file.read_bytes())
    return found.digest()
