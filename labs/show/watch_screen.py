"""Shows a watch: on a terminal a line for each objective, redrawn in place; otherwise only changes."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import datetime

import typer

from labs.content.markdown import plain
from labs.show.terminal import rows, wants_colour, write_terminal
from labs.show.verdict_text import COLOURS, SIGNS, place
from labs.verdict import Finding, LabVerdict, State, Verdict
from labs.verify.watch import Round, Seen, seen


class LiveScreen:
    """A part of the terminal that is redrawn at each run, and never higher than the screen."""

    def __init__(self, write: Callable[[str], object] | None = None) -> None:
        self._write = write or write_terminal
        self._lines: list[str] = []

    def show(self, seen_now: Round, at: datetime) -> None:
        """Redraws the screen with a run."""
        columns, height = shutil.get_terminal_size()
        lines = fitted(seen_now.verdict, height - 4)
        when = f"checked at {at.astimezone():%H:%M:%S} · next check in {seen_now.again_in:.0f} s"
        self._paint([_short(line, columns - 1) for line in [*lines, "", f"{when} · Ctrl-C to stop"]])

    def close(self) -> None:
        """Clears the screen for further output."""
        self._paint([])

    def _paint(self, lines: list[str]) -> None:
        height = sum(rows(line, shutil.get_terminal_size().columns) for line in self._lines)
        up = f"\x1b[{height}A" if height else ""
        self._write(f"\r{up}\x1b[J" + "".join(f"{_coloured(line)}\n" for line in lines))
        self._lines = lines


class ChangedLines:
    """Prints each objective when something about it has changed."""

    def __init__(self, *, err: bool) -> None:
        self._err = err
        self._before: Seen = {}

    def show(self, seen_now: Round, at: datetime) -> None:
        """Prints the changes since the last run."""
        now = seen(seen_now.verdict)
        for lab in seen_now.verdict.labs:
            for finding in lab.findings:
                key = lab.lab, finding.id
                if now[key] != self._before.get(key):
                    text = f"{at.astimezone():%H:%M:%S} {SIGNS[finding.state]} {lab.lab} {finding.id}: "
                    typer.echo(text + _summary(finding), err=self._err)
        self._before = now

    def close(self) -> None:
        """Does nothing."""


def fitted(verdict: Verdict, height: int) -> list[str]:
    """The lines of a verdict, shortened to a maximum: first finished labs, then passed objectives, then the end."""
    where = place(verdict.target)
    for brief in (_whole, _without_finished, _without_passed):
        lines = [where, *(line for lab in verdict.labs for line in brief(lab))]
        if len(lines) <= height:
            return lines
    kept = max(height - 1, 1)
    return [*lines[:kept], f"{len(lines) - kept} more lines"]


def _whole(lab: LabVerdict) -> Iterator[str]:
    yield f"{lab.lab} · {lab.score} of {len(lab.findings)}"
    yield from _rows(lab, lab.findings)


def _without_finished(lab: LabVerdict) -> Iterator[str]:
    yield from (
        [f"{lab.lab} · {lab.score} of {len(lab.findings)} {SIGNS[State.PASSED]}"]
        if lab.passed
        else _whole(lab)
    )


def _without_passed(lab: LabVerdict) -> Iterator[str]:
    yield f"{lab.lab} · {lab.score} of {len(lab.findings)}"
    yield from _rows(lab, tuple(each for each in lab.findings if each.state is not State.PASSED))


def _rows(lab: LabVerdict, findings: tuple[Finding, ...]) -> Iterator[str]:
    column = max((len(finding.id) for finding in lab.findings), default=0) + 2
    return (f"  {SIGNS[finding.state]} {finding.id:<{column}}{_summary(finding)}" for finding in findings)


def _summary(finding: Finding) -> str:
    text = finding.found or finding.message
    if finding.state is State.INCONCLUSIVE:
        text = f"inconclusive: {finding.message}"
    return " ".join(plain(text).split())


def _short(line: str, width: int) -> str:
    return line if len(line) <= width else f"{line[: max(width - 1, 1)]}…"


def _coloured(line: str) -> str:
    """The line with its sign in colour, if colours are wanted."""
    for state, sign in SIGNS.items():
        colour = COLOURS[state]
        if colour and line.startswith(f"  {sign} ") and wants_colour():
            return line.replace(sign, typer.style(sign, fg=colour), 1)
    return line
