"""`labs show`: the brief of a lab, and its scripts with parameters filled in."""

from __future__ import annotations

import re
import shlex
from collections.abc import Container, Iterable, Iterator, Mapping

from labs.content.deck import Deck
from labs.content.lab import Lab, fill, variable
from labs.content.links import linked
from labs.content.markdown import plain
from labs.errors import ContentError, Fault
from labs.show.rendering import lines, markdown
from labs.show.wording import hanging
from labs.system.files import read_text

MAX_COLUMNS = 100
_SHARED = re.compile(r'^\. "\$LAB/(\S+)"$', re.MULTILINE)


def render_brief(
    lab: Lab,
    names: Mapping[str, str],
    decks: Iterable[Deck],
    width: int,
    *,
    colour: bool = False,
    passed: Container[str] = (),
) -> str:
    """Story, resources to build, objectives, names, time and cost, cards (without their corrections) and links.

    `passed` holds the objectives that are marked: those that passed in the last check.
    """
    width = min(width, MAX_COLUMNS)
    parts = [
        [f"{lab.id} · {lab.task.title}"],
        lines([markdown(fill(lab.brief, names))], width, colour=colour),
        list(_objectives(lab, names, width, passed)),
        list(_names(lab, names)),
        list(_cost(lab, width)),
        list(_cards(lab, list(decks), width)),
        ["Read more", *(f"  {link}" for link in lab.task.links)] if lab.task.links else [],
        _next_commands(lab.id, width),
    ]
    return "\n\n".join("\n".join(part) for part in parts if part)


def script(lab: Lab, name: str, names: Mapping[str, str]) -> str:
    """A script of the lab, after its parameters as shell variables, so that it can be pasted.

    A file that it sources (`. "$LAB/../retry.sh"`) is inserted. Raises ContentError.
    """
    from labs.sandbox.client.shell import place

    path = lab.script(name)
    assert path is not None, f"{lab.id} has no {name}.sh"
    try:
        used = _SHARED.sub(lambda line: read_text(lab.folder / line[1]).rstrip(), read_text(path))
    except (OSError, UnicodeDecodeError) as error:
        raise ContentError(Fault(str(path), str(error))) from error
    variables = {variable(name): value for name, value in names.items()}
    values = {name: value for name, value in variables.items() if f"${name}" in used or f"${{{name}" in used}
    settings = [f"{key}={_quoted(value)}" for key, value in values.items()]
    heads = [*place("\n".join([*settings, used])), *settings]
    return "\n".join([*heads, "", used.rstrip()]) if heads else used.rstrip()


def _quoted(value: str) -> str:
    """A quoted value for a shell; control characters are written in octal.

    `{account}` and `{region}` become shell variables.
    """
    if value.isprintable():
        quoted = shlex.quote(value)
        filled = quoted.replace("{account}", "'\"$ACCOUNT\"'").replace("{region}", "'\"$REGION\"'")
        return filled.removesuffix("''") if filled != quoted else quoted
    safe = (
        each
        if each.isprintable() and each not in "\\'"
        else "".join(f"\\{byte:03o}" for byte in each.encode())
        for each in value
    )
    return f"$'{''.join(safe)}'"


def _next_commands(lab: str, width: int) -> list[str]:
    """The next commands, on one line if they fit."""
    commands = [f"Check: labs check {lab}", f"Hint: labs hint {lab}", f"Clean up: labs clean {lab}"]
    commands.append(f"In the browser: labs web {lab}")
    together = "   ".join(commands)
    return [together] if len(together) <= width else commands


def _objectives(lab: Lab, names: Mapping[str, str], width: int, passed: Container[str]) -> Iterator[str]:
    yield "Done when"
    column = max(len(goal.id) for goal in lab.task.objectives) + 4
    for goal in lab.task.objectives:
        sign = "✓" if goal.id in passed else " "
        yield from hanging(f"{f'{sign} {goal.id}':<{column}}", fill(goal.title, names), width)


def _names(lab: Lab, names: Mapping[str, str]) -> Iterator[str]:
    if not lab.task.parameters:
        return
    yield f"Names (use your own: labs start {lab.id} -p NAME=VALUE)"
    column = max(map(len, lab.task.parameters)) + 4
    widest = max(len(names[name]) for name in lab.task.parameters)
    for name in lab.task.parameters:
        yield f"{f'  {name}':<{column}}{names[name]:<{widest}}  {lab.task.about.get(name, '')}".rstrip()


def _cost(lab: Lab, width: int) -> Iterator[str]:
    cost = lab.task.cost
    if not (cost.per_hour or cost.total):
        text = f"free ({cost.what})"
    else:
        text = (
            f"about ${cost.total:.2f}, or ${cost.per_hour:.2f} per hour until you clean up "
            f"({cost.what}; {cost.source}, {cost.checked})"
        )
    yield f"Time   about {lab.task.minutes} min"
    yield from hanging("Cost   ", text, width)


def _cards(lab: Lab, decks: list[Deck], width: int) -> Iterator[str]:
    found = [card for link in lab.task.cards for _, card in linked(link, decks)]
    if not found:
        return
    yield "Cards"
    for card in found:
        yield from hanging("  · ", " ".join(plain(card.question).split()), width)
