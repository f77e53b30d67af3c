"""`labs sandbox status --fidelity`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from labs.sandbox.fidelity.map import MapEntry

_HOW = {
    "moto": "moto",
    "extension": "extension",
    "endpoint": "yes",
    "nobody": "no",
}
"""How a provider is reported in the column."""
_KINDS = ("recorded", "documented", "assumed")
_KEPT = "Saved. Objectives that need a missing feature are inconclusive on this endpoint."


def render_fidelity(entries: Sequence[MapEntry], endpoint: str | None, sources: Mapping[str, int]) -> str:
    """One line for each field and behaviour, and totals; for the sandbox also the sources of its extensions."""
    wide = max(len(entry.name) for entry in entries)
    lines = [
        f"{_HOW[entry.provider]:<9}  {entry.name:<{wide}}  {entry.says}{_why(entry)}" for entry in entries
    ]
    counts = Counter(_HOW[entry.provider] for entry in entries)
    where = endpoint or "the sandbox"
    sums = ", ".join(f"{how} {number}" for how, number in sorted(counts.items()))
    text = f"Tested {len(entries)} features of {where}: {sums}."
    return "\n".join([*lines, "", text, _KEPT if endpoint else _rests_on(sources)])


def _rests_on(sources: Mapping[str, int]) -> str:
    each = ", ".join(f"{kind} {sources.get(kind, 0)}" for kind in _KINDS)
    return f"Sources of the extensions: {each}."


def _why(entry: MapEntry) -> str:
    return f" ({entry.fault})" if entry.fault else ""


def fidelity_document(
    entries: Sequence[MapEntry], endpoint: str | None, sources: Mapping[str, int]
) -> dict[str, Any]:
    """The map as a JSON document."""
    return {
        "schema": 1,
        "endpoint": endpoint,
        "fidelity": [
            {
                "name": entry.name,
                "says": entry.says,
                "provider": entry.provider,
                "fault": entry.fault,
                "shows": list(entry.shows),
            }
            for entry in entries
        ],
        "summary": dict(Counter(entry.provider for entry in entries)),
        "sources": dict(sources),
    }
