"""What the command line keeps of verdicts: the verdict itself, and what it says of the cards that it practises."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import typer

from labs.cli import options
from labs.errors import ContentError, StoreError

if TYPE_CHECKING:
    from labs.deck import Deck
    from labs.pack import Shelf
    from labs.store import LabResult, Stamp, Store
    from labs.study.learner import Learner
    from labs.verdict import LabVerdict, Verdict


def remember(verdict: Verdict, shelf: Shelf, *, anew: bool = True) -> Learner | None:
    """Keeps the verdicts on whole labs, and gives the learner after them; a history that cannot be written spoils none.

    Those that were kept before, and so are not `anew`, are not kept again.

    What could not be looked at, and a look at some objectives only, says nothing about the lab and is not kept.
    """
    whole = [lab for lab in verdict.labs if _is_whole(lab, shelf) and _was_seen(lab)]
    if not whole:
        return None
    try:
        store, stamp = options.open_history()
        with store:
            who = learner(store, shelf)
            for lab in whole if anew else []:
                _keep(result_of(lab, verdict), store, stamp, who)
                who = who.refreshed(store)
            return who
    except (OSError, ContentError, StoreError) as error:
        typer.echo(f"labs: this verdict is not remembered: {error}", err=True)
        return None


def remember_cleaned(labs: list[str]) -> None:
    """Keeps that nothing of these labs is left."""
    try:
        store, stamp = options.open_history()
        with store:
            store.append(*(stamp("clean", lab=lab) for lab in labs))
    except (OSError, StoreError) as error:
        typer.echo(f"labs: this is not remembered: {error}", err=True)


def learner(store: Store, shelf: Shelf, more: Iterable[Deck] = ()) -> Learner:
    """How far the learner is, in the time zone of this machine; with `more` decks than the shelf holds.

    A lab that is broken is left out: it spoils neither the others nor the cards.
    """
    from datetime import UTC

    from labs.study.learner import read_learner

    zone = options.now().astimezone().tzinfo or UTC
    labs, _ = shelf.readable()
    return read_learner(store, labs, [*shelf.decks(), *more], zone)


def result_of(lab: LabVerdict, verdict: Verdict) -> LabResult:
    """A lab's verdict as it is kept."""
    from labs import __version__
    from labs.store import LabResult, ObjectiveResult

    return LabResult(
        lab=lab.lab,
        account=verdict.target.account,
        region=verdict.target.region or "",
        target=verdict.target.kind,
        objectives=tuple(
            ObjectiveResult(each.id, each.state.value, each.found, each.expected) for each in lab.findings
        ),
        parameters=lab.parameters,
        version=__version__,
    )


def _keep(result: LabResult, store: Store, stamp: Stamp, who: Learner) -> None:
    """The verdict and what it does to its cards, in one go."""
    from labs.store import history
    from labs.study.credit import credit

    credited = credit(result, who.links, who.past(result.lab), stamp)
    attempt = history.current_attempt(store, result.lab)
    store.append(history.check_event(stamp, result, attempt), *credited)


def _is_whole(lab: LabVerdict, shelf: Shelf) -> bool:
    return len(lab.findings) == len(shelf.lab(lab.lab).task.objectives)


def _was_seen(lab: LabVerdict) -> bool:
    from labs.verdict import State

    return any(finding.state in {State.PASSED, State.FAILED} for finding in lab.findings)
