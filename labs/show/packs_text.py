"""`labs packs`: a line for each pack, and the reasons for those that were left out."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

from labs.content.markdown import plain
from labs.content.pack_list import PackInfo
from labs.errors import Fault


def render_packs(packs: Sequence[PackInfo], left_out: Sequence[Fault], width: int) -> str:
    """The packs in use, and below them the faults."""
    size = max((len(pack.name) for pack in packs), default=4)
    lines = [f"  {'pack':<{size}}  {'version':<10} {'labs':>4}  {'decks':>5}  kill score"]
    for pack in packs:
        score = f"{pack.score:.1%}" if pack.score is not None else "not measured"
        if 0 < pack.measured < len(pack.labs):
            score += f" ({pack.measured} of {len(pack.labs)} labs measured)"
        name, version = plain(pack.name), plain(pack.version) or "-"
        lines.append(f"  {name:<{size}}  {version:<10} {len(pack.labs):>4}  {len(pack.decks):>5}  {score}")
    wrong = [fault for pack in packs for fault in pack.faults]
    lines += _list("Labs that cannot be used:", wrong, width)
    lines += _list("Left out:", left_out, width)
    return "\n".join(lines)


def _list(title: str, faults: Sequence[Fault], width: int) -> Iterator[str]:
    if faults:
        yield from ("", title)
        for fault in faults:
            yield textwrap.fill(plain(str(fault)), width, initial_indent="  ✗ ", subsequent_indent="    ")


def packs_document(packs: Sequence[PackInfo], left_out: Sequence[Fault]) -> dict[str, Any]:
    """The packs as a JSON document."""
    return {
        "schema": 1,
        "packs": [
            {
                "name": pack.name,
                "version": pack.version or None,
                "labs": list(pack.labs),
                "decks": list(pack.decks),
                "kill_score": round(pack.score, 4) if pack.score is not None else None,
                "faults": [str(fault) for fault in pack.faults],
            }
            for pack in packs
        ],
        "faults": [str(fault) for fault in left_out],
    }
