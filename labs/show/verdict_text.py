"""Verdicts as text for people: passed objectives first, 80 columns, readable without colour."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from labs.content.lab import Lab
from labs.content.markdown import plain
from labs.show.wording import plural
from labs.verdict import AccountIdentity, Finding, LabVerdict, State, Verdict

SIGNS = {State.PASSED: "✓", State.FAILED: "✗", State.BLOCKED: "·", State.INCONCLUSIVE: "?"}
COLOURS = {State.PASSED: "green", State.FAILED: "red", State.BLOCKED: None, State.INCONCLUSIVE: "yellow"}
MIN_COLUMNS, MAX_COLUMNS = 40, 100
NARROWEST_COLUMN = 26
"""Minimum width of the column of results; below it, they are under their objective, not beside it."""


def verdict_text(verdict: Verdict, labs: dict[str, Lab], width: int, cards: dict[str, str]) -> str:
    """The whole run; `cards` holds the questions of cards, by reference."""
    width = min(max(width, MIN_COLUMNS), MAX_COLUMNS)
    parts = []
    for lab in verdict.labs:
        clean_up = [f"  Clean up: labs clean {lab.lab}"] if _is_done(lab, labs[lab.lab]) else []
        parts.append("\n".join([*_lab(lab, verdict, labs[lab.lab], width, cards), *clean_up]))
    if len(verdict.labs) > 1:
        parts.append(_sum(verdict))
    return "\n\n".join(parts)


def demo_text(verdict: Verdict, lab: Lab, width: int, cards: dict[str, str]) -> str:
    """The run of the demo: without the clean-up, because its sandbox is deleted anyway."""
    [played] = verdict.labs
    return "\n".join(_lab(played, verdict, lab, min(max(width, MIN_COLUMNS), MAX_COLUMNS), cards))


def _is_done(lab: LabVerdict, task: Lab) -> bool:
    return lab.passed and len(lab.findings) == len(task.task.objectives)


def _lab(lab: LabVerdict, verdict: Verdict, task: Lab, width: int, cards: dict[str, str]) -> Iterator[str]:
    yield from _header(f"{lab.lab} · {plain(lab.title)}", verdict.target, width)
    yield ""
    column = max((len(finding.id) for finding in lab.findings), default=0) + 2
    for finding in lab.findings:
        yield from _finding(finding, column, width, lab.lab, verdict.target.arn)
    yield ""
    yield from _footer(lab, verdict, task, width, cards)


def place(target: AccountIdentity) -> str:
    """Where a lab was checked: AWS or sandbox, account and Region."""
    return " · ".join(part for part in (target.kind, target.account or "no account", target.region) if part)


def _header(left: str, target: AccountIdentity, width: int) -> Iterator[str]:
    right = place(target)
    gap = width - len(left) - len(right)
    if gap >= 2:
        yield f"{_bold(left)}{' ' * gap}{right}"
    else:
        lines = textwrap.wrap(
            left, width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
        )
        yield from map(_bold, lines)
        yield f"  {right}"
    if target.endpoint:
        yield f"  {target.endpoint}"


def _finding(finding: Finding, column: int, width: int, lab: str, arn: str | None) -> Iterator[str]:
    """The objective with its sign, and its result beside it, or below it on a narrow screen."""
    rows = _rows(finding, lab, arn)
    label = max(len(name) for name, _ in rows)
    label += 2 if label else 0
    head = f"  {_sign(finding.state)} {finding.id:<{column}}"
    indent = 4 + column
    if width - indent - label < NARROWEST_COLUMN:
        yield head.rstrip()
        head, indent = "", 6
    for name, text in rows:
        first = f"{name:<{label}}"
        for line in _wrapped(text, width - indent - label):
            yield f"{head or ' ' * indent}{first}{line}".rstrip()
            head, first = "", " " * label


def _rows(finding: Finding, lab: str, arn: str | None) -> list[tuple[str, str]]:
    match finding.state:
        case State.PASSED:
            return [("", finding.found)]
        case State.FAILED:
            near = [("similar", ", ".join(finding.near))] if finding.near else []
            found, expected = ("found", finding.found), ("expected", finding.expected)
            return [found, *near, expected, ("hint", finding.message)]
        case State.BLOCKED:
            return [("", finding.message)]
        case State.INCONCLUSIVE:
            advice = [f"checked as {arn}"] if arn else []
            advice.append(f"Required permissions: labs policy {lab}")
            seen = f"inconclusive: {finding.message}"
            return [("", seen), *(("", line) for line in (advice if finding.action else []))]


def _wrapped(text: str, width: int) -> list[str]:
    """The text in lines of this width; names are never broken."""
    words = " ".join(plain(text).split())
    return textwrap.wrap(words, width, break_long_words=False, break_on_hyphens=False) or [""]


def _footer(lab: LabVerdict, verdict: Verdict, task: Lab, width: int, cards: dict[str, str]) -> Iterator[str]:
    total = len(lab.findings)
    if _is_done(lab, task):
        yield from _done(lab, task, width, cards, free=verdict.target.kind == "sandbox")
        return
    unseen = sum(finding.state is State.INCONCLUSIVE for finding in lab.findings)
    parts = [f"{lab.score} of {total} passed"]
    if unseen:
        parts.append(f"{unseen} inconclusive")
    if len(verdict.labs) == 1:
        parts.append(f"{plural(verdict.calls, 'call')}, {verdict.seconds:.1f} s")
    left = " · ".join(parts)
    right = f"labs hint {lab.lab} · labs show {lab.lab}"
    gap = width - len(left) - len(right)
    if gap >= 2:
        yield f"{left}{' ' * gap}{right}"
    else:
        yield from _wrapped(left, width)
        yield from _wrapped(right, width)


def _done(lab: LabVerdict, task: Lab, width: int, cards: dict[str, str], *, free: bool) -> Iterator[str]:
    total = len(lab.findings)
    practised = list(dict.fromkeys(card for finding in lab.findings for card in finding.cards))
    text = f"You practiced {plural(len(practised), 'card')}:" if practised else ""
    done = f"{SIGNS[State.PASSED]} {total} of {total} passed. {lab.lab} is done."
    together = len(done) + len(text) + 3 <= width
    coloured = done.replace(SIGNS[State.PASSED], _sign(State.PASSED))
    yield f"  {coloured} {text}".rstrip() if together else f"  {coloured}"
    if text and not together:
        yield f"  {text}"
    for card in practised:
        yield "      " + textwrap.shorten(plain(cards.get(card, card)), width - 6, placeholder=" ...")
    cost = task.task.cost
    if cost.per_hour:
        yield ""
        costs = "The sandbox is free. In an AWS account, this lab costs" if free else "Your lab costs"
        text = f"{costs} about ${cost.per_hour:.2f} per hour until you clean up ({cost.what})."
        for line in _wrapped(text, width - 2):
            yield f"  {line}"


def _sum(verdict: Verdict) -> str:
    done = sum(lab.passed for lab in verdict.labs)
    unseen = sum(finding.state is State.INCONCLUSIVE for lab in verdict.labs for finding in lab.findings)
    inconclusive = [f"{plural(unseen, 'objective')} inconclusive"] if unseen else []
    calls = f"{plural(verdict.calls, 'call')}, {verdict.seconds:.1f} s"
    return " · ".join([f"{done} of {plural(len(verdict.labs), 'lab')} done", *inconclusive, calls])


def _sign(state: State) -> str:
    import typer

    colour = COLOURS[state]
    return typer.style(SIGNS[state], fg=colour) if colour else SIGNS[state]


def _bold(text: str) -> str:
    import typer

    return typer.style(text, bold=True)
