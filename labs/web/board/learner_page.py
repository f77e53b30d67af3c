"""The page of one learner: current lab, table of labs, time line, and the command to catch up."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from labs.show.board_text import duration
from labs.show.wording import plural
from labs.verdict import LabVerdict, State
from labs.web.board.details import Details
from labs.web.board.lab_texts import LabText
from labs.web.board.people import Person, percent, room_bar
from labs.web.board.time_line import progress_line, time_line
from labs.workshop.board_source import BoardState
from labs.workshop.events import breaks_of
from labs.workshop.lab_summary import time_in_lab
from labs.workshop.roster import Roster, Seat


@dataclass(frozen=True, slots=True)
class LabLine:
    """One lab in the table of a learner."""

    lab: LabText
    state: str
    icon: str
    words: str
    score: int
    total: int
    took: str
    room: str


def learner_page(
    state: BoardState,
    labs: Sequence[LabText],
    person: Person,
    details: Details,
    roster: Roster,
    roster_path: Path,
    shown_lab: str,
) -> dict[str, Any]:
    """The template context of a learner's page; `shown_lab` is the lab whose objectives are listed."""
    account = state.accounts[person.name]
    result = details.result(person.name, account)
    history = details.history(person.name, account)
    verdicts = {lab.lab: lab for lab in result.labs} if result else {}
    texts = {lab.id: lab for lab in labs}
    current = person.row.lab or labs[-1 if person.done else 0].id
    lab = texts[shown_lab if shown_lab in texts else current]
    seats = list(roster.seats)
    bar = room_bar([person], labs)
    lines = lab_lines(state, person, labs)
    checked = sum(line.score > 0 for line in lines)
    return {
        "person": person,
        "account": account or "",
        "region": (result.region if result else None) or seats[person.seat - 1].region or "",
        "local": local_time(seats[person.seat - 1], state.now),
        "before": seats[person.seat - 2].name if person.seat > 1 else "",
        "after": seats[person.seat].name if person.seat < len(seats) else "",
        "bar": bar,
        "percent": percent(bar),
        "objectives_total": sum(each.total for each in labs),
        "lab": lab,
        "verdict": verdicts.get(lab.id),
        "open_objective": _open_objective(verdicts.get(lab.id)),
        "lines": lines,
        "not_started": [line.lab for line in lines if line.state == "none" and line.lab is not lab],
        "summary": _summary(lines),
        "time_line": time_line(history, state, person),
        "progress": progress_line(history, state.now),
        "catch_up": _catch_up(roster_path, person, lab),
        "done_lines": [line for line in lines if line.state == "done"],
        "last_change": max((change.at for change in history), default=None),
        "first_check": min((change.at for change in history), default=None),
        "receipts": plural(checked, "lab") if checked else "",
    }


def local_time(seat: Seat, now: datetime) -> tuple[str, str] | None:
    """Local time and place of the learner, by the roster's column `timezone`; None if it is missing or unknown."""
    name = seat.extra.get("timezone", "")
    try:
        local = now.astimezone(ZoneInfo(name)) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
    return (f"{local:%H:%M}", name.rpartition("/")[2].replace("_", " ")) if local else None


def lab_lines(state: BoardState, person: Person, labs: Sequence[LabText]) -> list[LabLine]:
    """A line for each lab: state, score, the learner's time and the room's median."""
    own = state.standings.get(person.name, {})
    found, breaks = [], breaks_of(state.events)
    for lab, cell, view in zip(labs, person.row.cells, person.cells, strict=True):
        standing = own.get(lab.id)
        took = time_in_lab(standing, breaks) if standing else None
        name, icon, words = _lab_state(view.style, cell.passed)
        room = state.board.summaries[lab.id].median
        found.append(
            LabLine(
                lab,
                name,
                icon,
                words,
                cell.score,
                cell.total or lab.total,
                duration(took) if took else "",
                duration(room) if room else "",
            )
        )
    return found


def _lab_state(style: str, passed: bool) -> tuple[str, str, str]:
    if passed:
        return "done", "check", "done"
    return {
        "x": ("stuck", "alert", "stuck"),
        "q": ("look", "q", "cannot check"),
        "o": ("none", "ring", "not started"),
    }.get(style, ("active", "play", "in progress"))


def _summary(lines: Sequence[LabLine]) -> str:
    done = sum(line.state == "done" for line in lines)
    none = sum(line.state == "none" for line in lines)
    return f"{done} done, {len(lines) - done - none} open, {none} not started"


def _open_objective(verdict: LabVerdict | None) -> str:
    """The objective to expand: the first that failed, else the first inconclusive one."""
    for wanted in (State.FAILED, State.INCONCLUSIVE):
        for finding in verdict.findings if verdict else ():
            if finding.state is wanted:
                return finding.id
    return ""


def _catch_up(roster: Path, person: Person, lab: LabText) -> str:
    file, name, seat = shlex.quote(str(roster)), shlex.quote(lab.id), shlex.quote(person.name)
    return f"labs workshop prepare {file} \\\n  {name} \\\n  --seat {seat} --solved"
