"""Makes successive boards of a workshop, and reuses rows and summaries that have not changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from labs.workshop.board import Board, Hardest, Row, Status, shared_causes
from labs.workshop.events import Event, EventKind, active_time, breaks_of
from labs.workshop.lab_summary import STUCK_AFTER, LabSummary, LabTally, has_started
from labs.workshop.seat_result import Cell, Standing

Standings = Mapping[str, Mapping[str, Standing]]


@dataclass(frozen=True, slots=True)
class _SeatFacts:
    """The facts of a seat that do not depend on the current time; `since` is None if nothing is known."""

    cells: tuple[Cell, ...]
    since: datetime | None
    lab: str | None
    failing: tuple[str, ...]
    checks: int
    started: bool
    unseen: bool


class BoardMaker:
    """Makes boards of one workshop. Changed standings of a seat must be a new object: identity is compared."""

    def __init__(self, title: str, labs: Sequence[str], stuck_after: timedelta | None = None) -> None:
        self._title = title
        self._labs = tuple(labs)
        self._stuck_after = stuck_after
        self._standings: Standings = {}
        self._breaks: Sequence[Event] | None = None
        self._tallies: dict[str, LabTally] = {}
        self._summaries: dict[str, LabSummary] = {}
        self._facts: dict[str, tuple[object, _SeatFacts]] = {}
        self._rows: dict[str, tuple[object, Row]] = {}

    def board(
        self,
        standings: Standings,
        errors: Mapping[str, str | None],
        now: datetime,
        events: Sequence[Event] = (),
        counted_to: datetime | None = None,
    ) -> Board:
        """The board of these seats; `errors` by seat if the account could not be opened. Ages end at `counted_to`."""
        self._summarize(standings, breaks_of(events))
        notes = {each.seat: each for each in events if each.kind is not EventKind.BREAK}
        rows = [
            self._row(name, own, errors.get(name), _note(notes.get(name), now), counted_to or now)
            for name, own in standings.items()
        ]
        ordered, summaries = tuple(sorted(rows, key=_urgency)), dict(self._summaries)
        hardest = _hardest(summaries, counted_to or now, self._breaks or ())
        return Board(self._title, self._labs, ordered, hardest, shared_causes(rows), summaries)

    def _summarize(self, standings: Standings, breaks: Sequence[Event]) -> None:
        """Updates the summaries of labs in which standings have changed."""
        before = self._standings
        if breaks != self._breaks or before.keys() != standings.keys():
            before, self._breaks = {}, breaks
            self._tallies = {lab: LabTally(breaks) for lab in self._labs}
        changed = set() if before else set(self._labs)
        for name, own in standings.items():
            known = before.get(name, {})
            for lab in () if known is own else self._labs:
                if _essence(known.get(lab)) != _essence(own.get(lab)):
                    self._tallies[lab].replace_standing(name, own.get(lab))
                    changed.add(lab)
        self._standings = standings
        for lab in changed:
            self._summaries[lab] = self._tallies[lab].summary()

    def _row(
        self,
        name: str,
        own: Mapping[str, Standing],
        error: str | None,
        note: tuple[str, bool],
        now: datetime,
    ) -> Row:
        facts = self._facts_of(name, own, bool(error))
        summary = self._summaries[facts.lab] if facts.lab else None
        key = facts, error, note, now, summary, self._breaks
        known = self._rows.get(name)
        if known is None or known[0] != key:
            row = self._new_row(name, facts, error, note, now)
            # An equal row stays the same object: what is drawn from it is not drawn again.
            known = self._rows[name] = key, known[1] if known and known[1] == row else row
        return known[1]

    def _facts_of(self, name: str, own: Mapping[str, Standing], unreachable: bool) -> _SeatFacts:
        known = self._facts.get(name)
        if known is None or known[0] != (own, unreachable):
            known = self._facts[name] = (own, unreachable), _facts(self._labs, own, unreachable)
        return known[1]

    def _new_row(
        self, name: str, facts: _SeatFacts, error: str | None, note: tuple[str, bool], now: datetime
    ) -> Row:
        if facts.since is None:
            status = Status.CANNOT_LOOK if error else Status.NOT_REACHED
            return Row(name, status, facts.cells, timedelta(), 0, None, (), error)
        idle = active_time(facts.since, now, self._breaks or ())
        limit, failing = STUCK_AFTER, facts.failing
        if facts.lab:
            summary = self._summaries[facts.lab]
            limit = self._stuck_after or summary.stuck_after
            failing = tuple(sorted(failing, key=lambda each: -summary.seats_failing(each)))
        status = _status(facts, idle, limit)
        return Row(name, status, facts.cells, idle, facts.checks, facts.lab, failing, error, *note)


def make_board(
    title: str,
    names: Sequence[str],
    labs: Sequence[str],
    standings: Iterable[Standing],
    errors: Mapping[str, str | None],
    now: datetime,
    events: Sequence[Event] = (),
) -> Board:
    """A single board of these learners and labs."""
    of_seat: dict[str, dict[str, Standing]] = {name: {} for name in names}
    for each in standings:
        if each.seat in of_seat:
            of_seat[each.seat][each.lab] = each
    return BoardMaker(title, labs).board(of_seat, errors, now, events)


def _essence(standing: Standing | None) -> object:
    """The parts of a standing that its lab's summary depends on."""
    return standing and (standing.since, standing.started, standing.states, standing.found)


def _hardest(
    summaries: Mapping[str, LabSummary], now: datetime, breaks: Sequence[Event]
) -> tuple[Hardest, ...]:
    """The objectives that most learners fail, ties by name."""
    found = [
        Hardest(lab, objective, len(each.since), summary.started, each.time(now, breaks))
        for lab, summary in summaries.items()
        for objective, each in summary.failing.items()
    ]
    return tuple(sorted(found, key=lambda each: (-each.seats, each.lab, each.objective)))


def _note(last: Event | None, now: datetime) -> tuple[str, bool]:
    """The last action of an instructor for a learner, and whether the learner is snoozed now."""
    if last is None:
        return "", False
    if last.kind is EventKind.SNOOZED and last.until:
        return f"snoozed by {last.who} until {last.until.astimezone():%H:%M}", now < last.until
    what = f"helped by {last.who} at {last.at.astimezone():%H:%M}"
    return f"{what}: {last.note}" if last.note else what, False


def _facts(labs: Sequence[str], standings: Mapping[str, Standing], unreachable: bool) -> _SeatFacts:
    own = [standings[lab] for lab in labs if lab in standings]
    cells = tuple(_cell(lab, standings.get(lab), unreachable) for lab in labs)
    if not own:
        return _SeatFacts(cells, None, None, (), 0, started=False, unseen=unreachable)
    at_work = _at_work(own)
    return _SeatFacts(
        cells,
        max(each.since for each in own),
        at_work.lab if at_work else None,
        tuple(at_work.failing()) if at_work else (),
        min(each.checks for each in own),
        started=any(has_started(each) for each in own),
        unseen=unreachable or any(each.unseen for each in own),
    )


def _cell(lab: str, standing: Standing | None, unreachable: bool) -> Cell:
    """A lab's score; that of the latest conclusive check if the last one was inconclusive."""
    if standing is None:
        return Cell(lab, 0, 0)
    cell = standing.cell
    if unreachable and not cell.as_of:
        return Cell(lab, cell.score, cell.total, unseen=True, as_of=standing.at)
    return cell


def _at_work(own: Sequence[Standing]) -> Standing | None:
    """The lab in progress: the started, not passed lab that changed last, else the first that has not passed."""
    todo = [each for each in own if not each.passed]
    started = [each for each in todo if has_started(each)]
    return max(started, key=lambda each: each.since) if started else next(iter(todo), None)


def _status(facts: _SeatFacts, idle: timedelta, limit: timedelta) -> Status:
    if facts.unseen:
        return Status.CANNOT_LOOK
    if all(cell.passed for cell in facts.cells):
        return Status.DONE
    if not facts.started:
        return Status.ABSENT if idle >= limit and facts.checks > 1 else Status.NOT_STARTED
    if idle >= limit and facts.checks > 1:
        return Status.STUCK
    return Status.SLOW if idle >= limit / 2 and facts.checks > 1 else Status.ACTIVE


def _urgency(row: Row) -> tuple[int, timedelta, int, str]:
    """Sort key, most urgent first: stuck learners by time without a change, then by checks; all others by name."""
    if row.status is Status.STUCK and not row.snoozed:
        return row.status, -row.idle, -row.checks, row.name.casefold()
    rank = Status.SLOW if row.snoozed and row.status is Status.STUCK else row.status
    return rank, timedelta(), 0, row.name.casefold()
