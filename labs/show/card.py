"""A card on a screen of any width: the question, then the answer with its items, corrections, links and grades."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from labs.content.markdown import Image, replace_images
from labs.show.rendering import address, lines, markdown, words
from labs.show.wording import plural
from labs.study.schedule import Grade
from labs.study.session import CardView, item_misses
from labs.study.study_state import StudyState

if TYPE_CHECKING:
    from rich.console import RenderableType

MIN_COLUMNS, MAX_COLUMNS = 40, 100

HELP = """\
Space, Enter  show the answer, then accept the suggested grade
1 2 3 4       grade: Again, Hard, Good, Easy
a to h        tick an item that you recalled
u             undo the last action, even a saved grade
s             skip this card until tomorrow
!             suspend this card
f             flag this card with a note
e             edit the deck at this card in $EDITOR
o             open a link of this card in the browser
l             show a lab for this card
c             show updates to this card
i             show the history of this card
q             quit (everything is saved)
If a letter marks an item, use its capital for the command: E, F, C.
Arrow keys and Page Up/Down scroll a long card."""


def body(view: CardView, width: int, *, colour: bool) -> list[str]:
    """The card: its question, and everything else if the answer is revealed."""
    return lines(_body(view), min(max(width, MIN_COLUMNS), MAX_COLUMNS), colour=colour)


def foot(view: CardView, width: int) -> list[str]:
    """The keys that can be used now, in a line of limited width."""
    if view.revealed:
        rows = [_suggestion(view), _grades(view)]
    else:
        rows = ["Space show   s skip   l lab   e edit   ? help   q quit"]
    return [row for text in rows if text for row in _fitted(text, width)]


def _body(view: CardView) -> Iterator[RenderableType]:
    yield words(f"{view.deck} · card {view.number} of {view.of} · {view.why}", "dim")
    if view.notice:
        yield words(view.notice, "yellow")
    yield words("")
    yield markdown(_numbered(view.card.question, 1))
    yield words("")
    yield words(_facts(view), "dim")
    yield from _pictures(view.card.question_images, 1)
    if view.revealed:
        yield from _answer(view)


def _facts(view: CardView) -> str:
    counts = view.card.counts
    asked = [plural(counts[0], "item") if len(counts) == 1 else ""]
    known = "known" if view.known else "not known"
    practised = ("practiced" if view.practised else "not practiced") if view.labs else "no lab"
    return " · ".join(part for part in (*asked, known, practised) if part)


def _answer(view: CardView) -> Iterator[RenderableType]:
    from rich.rule import Rule

    card, first = view.card, len(view.card.question_images) + 1
    yield Rule(style="dim")
    if not view.tickable or not _says_no_more(view):
        yield markdown(_numbered(card.answer, first))
    if view.tickable:
        yield from (_item(view, number) for number in range(len(card.items)))
    yield from _pictures(card.answer_images, first)
    yield from _found(view.found)
    for number, correction in enumerate(view.corrections, first + len(card.answer_images)):
        yield words("")
        yield words(f"Update ({correction.checked}): {correction.text}")
        yield address(f"[{number}] {correction.source}")


def _found(reason: str) -> Iterator[RenderableType]:
    """The values that the failed objective found and expected."""
    if not reason:
        return
    found, _, expected = reason.removeprefix("found ").partition(", expected ")
    yield words("")
    yield words(f"found     {found}", "dim")
    if expected:
        yield words(f"expected  {expected}", "dim")


def _says_no_more(view: CardView) -> bool:
    """Whether the answer consists only of its items and pictures."""
    return _letters("".join(view.card.items)) == _letters(replace_images(view.card.answer, lambda _: ""))


def _letters(text: str) -> str:
    return re.sub(r"\W|^\s*\d+[.)]", "", text, flags=re.MULTILINE)


def _item(view: CardView, number: int) -> RenderableType:
    from rich.columns import Columns
    from rich.padding import Padding
    from rich.table import Table

    had = number in view.ticked
    row = Table.grid(padding=(0, 1))
    row.add_column(width=5, no_wrap=True)
    row.add_column()
    sign = words(f"[{chr(ord('a') + number)}] {'✓' if had else '·'}", "green" if had else "")
    row.add_row(sign, markdown(_numbered(view.card.items[number], 1)))
    return Padding(Columns([row]), (0, 0, 0, 2))


def _numbered(text: str, first: int) -> str:
    """The text with each picture as a number, which refers to its address below."""
    count = iter(range(first, first + 1000))
    return replace_images(
        text, lambda image: f"[{next(count)}: {image.alt or 'image'}]" if image.url else "[image]"
    )


def _pictures(images: tuple[Image, ...], first: int) -> Iterator[RenderableType]:
    """Each picture's address, by its number; `o` opens it."""
    for number, image in enumerate(images, first):
        yield address(f"[{number}] {image.alt or 'image'} {image.url or 'without an address'}")


def _suggestion(view: CardView) -> str:
    if view.suggested is not None:
        had, total = len(view.ticked), len(view.card.items)
        return f"{had} of {total} items: suggested grade {name(view.suggested)}   Space to accept"
    return (
        f"Tick the items that you recalled: a to {chr(ord('a') + len(view.card.items) - 1)}"
        if view.tickable
        else ""
    )


def _grades(view: CardView) -> str:
    previews = view.previews or {}
    return "   ".join(f"{grade.value} {name(grade)} {duration(previews[grade])}" for grade in previews)


def name(grade: Grade) -> str:
    """The name of a grade."""
    return grade.name.capitalize()


def duration(much: timedelta) -> str:
    """A duration in one unit."""
    minutes = much / timedelta(minutes=1)
    for size, unit, below in (
        (1, "min", 60),
        (60, "h", 1440),
        (1440, "d", 1440 * 90),
        (1440 * 30.4, "months", None),
    ):
        if below is None or minutes < below:
            return f"{max(round(minutes / size), 1)} {unit}"
    raise AssertionError("the last unit has no end")


def _fitted(text: str, width: int) -> list[str]:
    """Choices in rows of limited width, wrapped between choices."""
    rows = [""]
    for choice in text.split("   "):
        joined = f"{rows[-1]}   {choice}" if rows[-1] else choice
        if len(joined) > width and rows[-1]:
            rows.append(choice)
        else:
            rows[-1] = joined
    return rows


def information(view: CardView, session: StudyState) -> str:
    """The state of the current card: when it is due, its memory, and the items that were missed."""
    state, config = session.card_state, session.config
    memory = state.memory
    rows = [f"card       {view.ref}", f"phase      {memory.phase.value}"]
    if memory.due is not None and memory.stability is not None:
        rows += [
            f"due        {memory.due.astimezone():%Y-%m-%d %H:%M}",
            f"stability  {memory.stability:.1f} days until recall falls to nine in ten",
            f"difficulty {memory.difficulty:.1f} of 10",
        ]
    if memory.last:
        chance = config.scheduler.retrievability(memory, config.new_event.now())
        rows.append(f"recall     {chance:.0%} likely now")
    rows += [f"lapses     {memory.lapses}", f"reviews    {len(state.recalls)}"]
    rows += [
        f"  {recall.at.astimezone():%Y-%m-%d}  {name(Grade(recall.grade))} ({recall.source})"
        for recall in state.recalls[-8:]
    ]
    rows += [f"missed     {item}: {times} times" for item, times in item_misses(state, view.card)]
    rows += [
        f"practiced  {fact.at.astimezone():%Y-%m-%d} {fact.lab}: {fact.objective}" for fact in state.practised
    ]
    if state.note is not None:
        rows.append(f"note       {state.note or '(flagged)'}")
    rows.append(f"labs       {', '.join(view.labs) or 'none'}")
    return "\n".join(rows)


def corrections(view: CardView) -> str:
    """The changes since the card was written."""
    corrections = [f"{each.text}\n  {each.source} ({each.checked})" for each in view.corrections]
    return "\n\n".join(corrections) or "This card has no updates."
