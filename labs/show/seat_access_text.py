"""`labs workshop doctor`: one line for each seat."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from labs.show.wording import one_line, plural
from labs.workshop.seat_checker import SeatAccess


def seat_lines(found: Sequence[SeatAccess]) -> Iterator[str]:
    """A line for each seat of a roster: whether it can be opened, or why not; then the number of seats that can."""
    for each in found:
        name = one_line(each.name)
        if each.error is None:
            yield f"✓ {name}: account {each.account}"
        else:
            denied = f" (needs {each.action})" if each.action and each.action not in each.error else ""
            yield f"✗ {name}: {one_line(each.error)}{denied}"
    yield f"{sum(each.error is None for each in found)} of {plural(len(found), 'seat')} can be opened."
