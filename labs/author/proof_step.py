"""One step of a proof and its result, in the sandbox and in a real account."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ProofStep:
    """One thing that was tried: `kind` as in `labs.author.proof`; `wrong` is empty if it held."""

    lab: str
    kind: str
    name: str
    wrong: str
    seconds: float
    world: Path | None = None
    """Where the world in which it failed is kept, for `labs sandbox load`."""
