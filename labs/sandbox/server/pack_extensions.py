"""The sandbox extensions of installed packs.

A pack declares a module under the entry point group `labs.sandbox.extensions`. Its import, in this process only,
registers extensions, as the modules in `extend.MODULES` do. They are installed after ours, and not in a world that was
loaded from a file: its requests, which are untrusted, run without the code of packs.
"""

from __future__ import annotations

import logging
import os
from functools import cache
from pathlib import Path

from labs.sandbox import extend
from labs.sandbox.world.origin import is_loaded
from labs.system.entry_points import EntryPoint, entry_points

log = logging.getLogger("labs.sandbox")

GROUP = "labs.sandbox.extensions"

_undo: list[extend.Undo] = []


def install_for(journal: Path) -> None:
    """Installs the extensions of packs if the journal's world was made here, else uninstalls them."""
    while _undo:
        _undo.pop()()
    if is_loaded(journal) or os.environ.get("LABS_PACKS_OFF"):
        return
    for point in entry_points(GROUP):
        try:
            _undo.extend(each.install() for each in _registered_by(point))
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a pack's own code raises what it will
            reason = f"{type(error).__name__}: {error}"
            log.error("the sandbox extensions %s cannot be used: %s", point.value, reason)  # noqa: TRY400 - a line of the status


@cache
def _registered_by(point: EntryPoint) -> tuple[extend.Extension, ...]:
    return extend.registered_by(point.load)
