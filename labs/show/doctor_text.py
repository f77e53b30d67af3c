"""`labs doctor`: one line for each point, with what to do."""

from __future__ import annotations

from labs.content.markdown import plain
from labs.doctor.account import Point


def render_doctor(points: list[Point]) -> str:
    """Each point with its sign, and below each problem what to do."""
    column = max(len(point.what) for point in points) + 2
    lines = []
    for point in points:
        lines.append(f"{'✓' if point.well else '✗'} {point.what:<{column}}{plain(point.seen)}")
        if point.do:
            lines.append(f"  {' ' * column}{point.do}")
    return "\n".join(lines)
