"""The bars of a chart: x and width in percent of the chart, height in pixels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def bars(counts: Sequence[int], height: int) -> list[dict[str, Any]]:
    """A bar for each count; the highest count has this height, and even 0 can be seen."""
    most = max(counts, default=0) or 1
    step = 100 / len(counts) if counts else 0
    return [
        {
            "x": round((number + 0.08) * step, 2),
            "width": round(0.84 * step, 2),
            "height": max(round(height * count / most), 3) if count else 2,
            "count": count,
        }
        for number, count in enumerate(counts)
    ]
