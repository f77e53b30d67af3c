"""A step of a proof and its result, in the sandbox or in a real account."""

from __future__ import annotations

import msgspec


class ProofStep(msgspec.Struct, frozen=True, omit_defaults=True):
    """A finished step: `kind` as in `labs.author.proof`; `wrong` is empty if the result was as expected."""

    lab: str
    kind: str
    name: str
    wrong: str
    seconds: float
    world: str | None = None
    """The file of the saved world of a failed step, for `labs sandbox load`."""
