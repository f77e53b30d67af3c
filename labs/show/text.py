"""Verdicts as text for people: what is right first, 80 columns, signs and words that need no colour."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from labs.cardtext import plain
from labs.lab import Lab
from labs.verdict import Finding, LabVerdict, State, Target, Verdict

SIGNS = {State.PASSED: "✓", State.FAILED: "✗", State.BLOCKED: "·", State.INCONCLUSIVE: "?"}
COLOURS = {State.PASSED: "green", State.FAILED: "red", State.BLOCKED: None, State.INCONCLUSIVE: "yellow"}
NARROWEST, WIDEST = 40, 100


def verdict_text(verdict: Verdict, labs: dict[str, Lab], width: int, cards: dict[str, str]) -> str:
    """The whole run; `cards` tells the questions of the cards that a finished lab practised."""
    width = min(max(width, NARROWEST), WIDEST)
    parts = ["\n".join(_lab(lab, verdict, labs[lab.lab], width, cards)) for lab in verdict.labs]
    if len(verdict.labs) > 1:
        parts.append(_sum(verdict))
    return "\n\n".join(parts)


def _lab(lab: LabVerdict, verdict: Verdict, task: Lab, width: int, cards: dict[str, str]) -> Iterator[str]:
    yield from _header(f"{lab.lab} · {plain(lab.title)}", verdict.target, width)
    yield ""
    column = max((len(finding.id) for finding in lab.findings), default=0) + 2
    for finding in lab.findings:
        yield from _finding(finding, column, width, lab.lab)
    yield ""
    yield from _footer(lab, verdict, task, width, cards)


def _header(left: str, target: Target, width: int) -> Iterator[str]:
    right = " · ".join(part for part in (target.kind, target.account or "no account", target.region) if part)
    gap = width - len(left) - len(right)
    if gap >= 2:
        yield f"{_bold(left)}{' ' * gap}{right}"
    else:
        yield _bold(left)
        yield f"  {right}"
    if target.endpoint:
        yield f"  {target.endpoint}"


def _finding(finding: Finding, column: int, width: int, lab: str) -> Iterator[str]:
    head = f"  {_sign(finding.state)} {finding.id:<{column}}"
    match finding.state:
        case State.PASSED:
            rows = [("", finding.found)]
        case State.FAILED:
            rows = [
                ("found", finding.found),
                *_near(finding),
                ("expected", finding.expected),
                ("think", finding.message),
            ]
        case State.BLOCKED:
            rows = [("", finding.message)]
        case _:
            rows = [("", f"could not look: {finding.message}")]
            if finding.action:
                rows.append(("", f"labs policy {lab} prints what the check needs"))
    label = max(len(name) for name, _ in rows)
    indent = " " * (4 + column)
    for number, (name, text) in enumerate(rows):
        start = f"{name:<{label}}  " if label else ""
        room = max(width - len(indent) - len(start), 20)
        lines = textwrap.wrap(" ".join(plain(text).split()), room, break_long_words=False) or [""]
        yield f"{head if number == 0 else indent}{start}{lines[0]}".rstrip()
        for line in lines[1:]:
            yield f"{indent}{' ' * len(start)}{line}"


def _near(finding: Finding) -> list[tuple[str, str]]:
    return [("near", ", ".join(finding.near))] if finding.near else []


def _footer(lab: LabVerdict, verdict: Verdict, task: Lab, width: int, cards: dict[str, str]) -> Iterator[str]:
    total = len(lab.findings)
    if lab.passed and total == len(task.task.objectives):
        yield from _done(lab, task, width, cards)
        return
    unseen = sum(finding.state is State.INCONCLUSIVE for finding in lab.findings)
    left = f"{lab.score} of {total}"
    if unseen:
        left += f" · {unseen} could not be looked at"
    if len(verdict.labs) == 1:
        left += f" · {verdict.calls} calls, {verdict.seconds:.1f} s"
    right = f"labs hint {lab.lab} · labs show {lab.lab}"
    gap = width - len(left) - len(right)
    yield f"{left}{' ' * gap}{right}" if gap >= 2 else f"{left}\n{right}"


def _done(lab: LabVerdict, task: Lab, width: int, cards: dict[str, str]) -> Iterator[str]:
    total = len(lab.findings)
    practised = list(dict.fromkeys(card for finding in lab.findings for card in finding.cards))
    told = f"  {total} of {total} {_sign(State.PASSED)}  {lab.lab} is done."
    if practised:
        told += f" It practised {len(practised)} card{'s' if len(practised) != 1 else ''}:"
    yield told
    for card in practised:
        yield "      " + textwrap.shorten(plain(cards.get(card, card)), width - 6, placeholder=" ...")
    cost = task.task.cost
    if cost.per_hour:
        yield ""
        yield f"  Still there, for about ${cost.per_hour:.2f} an hour: {cost.what}."
    yield f"  Put it away: labs clean {lab.lab}"


def _sum(verdict: Verdict) -> str:
    done = sum(lab.passed for lab in verdict.labs)
    unseen = sum(finding.state is State.INCONCLUSIVE for lab in verdict.labs for finding in lab.findings)
    told = f"{done} of {len(verdict.labs)} labs done · {verdict.calls} calls, {verdict.seconds:.1f} s"
    return told + (f" · {unseen} objectives could not be looked at" if unseen else "")


def _sign(state: State) -> str:
    import typer

    colour = COLOURS[state]
    return typer.style(SIGNS[state], fg=colour) if colour else SIGNS[state]


def _bold(text: str) -> str:
    import typer

    return typer.style(text, bold=True)
