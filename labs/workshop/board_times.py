"""The times that learners take for the objectives of a lab, without breaks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from labs.verdict import State
from labs.workshop.events import Event, active_time
from labs.workshop.lab_summary import has_started
from labs.workshop.ledger_rows import StateChange
from labs.workshop.seat_result import Standing


def started(standings: Mapping[str, Mapping[str, Standing]], lab: str) -> list[Standing]:
    """The standings of those who have started a lab."""
    found = [own[lab] for own in standings.values() if lab in own]
    return [each for each in found if has_started(each)]


def times_to_pass(changes: Iterable[StateChange], events: Sequence[Event]) -> dict[str, dict[str, timedelta]]:
    """By objective and seat of one lab: the time from the seat's previous progress to the first pass.

    The first objectives to pass have no time: the start of the work on the lab is not known.
    """
    found: defaultdict[str, dict[str, timedelta]] = defaultdict(dict)
    last: dict[tuple[str, str], datetime] = {}
    passed: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for change in changes:
        key = change.seat, change.account
        now = {name for name, state in change.states.items() if state is State.PASSED}
        fresh = now - passed[key]
        if fresh and key in last:
            spent = active_time(last[key], change.at, events)
            for name in fresh:
                found[name].setdefault(change.seat, spent)
        if fresh:
            last[key] = change.at
        passed[key] |= now
    return dict(found)
