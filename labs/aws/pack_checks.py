"""Chooses where the check of a lab runs: the built-in pack in this process, every other pack in its own."""

from __future__ import annotations

from labs.content.lab import Lab
from labs.content.pack import Catalog
from labs.content.verifier import Verifier
from labs.sdk import Pack

BUILT_IN_CHECKS = "labs.packs.aws_ecs.checks"


def verifier_of(catalog: Catalog, lab: Lab) -> Verifier:
    """The check of a lab, which runs in the pack's process unless the pack is the built-in one.

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
    """Whether the checks of a pack run in this process: only those of the built-in pack do."""
    return pack.module == BUILT_IN_CHECKS
