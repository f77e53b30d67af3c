"""The check of a lab: in this process for the built-in pack, and in a process of its own for every other."""

from __future__ import annotations

from labs.content.lab import Lab
from labs.content.pack import Catalog
from labs.content.verifier import Verifier
from labs.sdk import Pack

BUILT_IN_CHECKS = "labs.packs.aws_ecs.checks"


def verifier_of(catalog: Catalog, lab: Lab) -> Verifier:
    """The check of a lab; that of a pack which is not the built-in one runs in the pack's process.

    Raises ContentError if module and task disagree.
    """
    pack = catalog.labs[lab.id]
    if runs_here(pack):
        return catalog.verifier(lab)
    from labs.aws.pack_process import PackProcess

    if pack.name not in catalog.processes:
        catalog.processes[pack.name] = PackProcess(pack)
    process: PackProcess = catalog.processes[pack.name]
    return process.verifier(lab)


def runs_here(pack: Pack) -> bool:
    """Whether the checks of a pack run in this process: those of the built-in one do."""
    return pack.module == BUILT_IN_CHECKS
