"""A step of a proof and its result, in the sandbox or in a real account."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ProofStep:
    """A finished step: `kind` as in `labs.author.proof`; `wrong` is empty if the result was as expected."""

    lab: str
    kind: str
    name: str
    wrong: str
    seconds: float
    world: Path | None = None
    """The saved world of a failed step, for `labs sandbox load`."""
