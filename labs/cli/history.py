"""What the command line keeps of verdicts: the verdict itself, and what it says of the cards that it practises."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from labs.cli import runtime
from labs.errors import ContentError, StoreError

if TYPE_CHECKING:
    from labs.content.deck import Deck
    from labs.content.lab import Lab
    from labs.content.pack import Catalog
    from labs.store import EventFactory, LabResult, Store
    from labs.study.learner import Learner
    from labs.verdict import LabVerdict, Verdict


def remember(verdict: Verdict, catalog: Catalog) -> bool:
    """Keeps the verdicts on whole labs; says whether that was done. A history that cannot be written spoils none.

    What could not be looked at, and a look at some objectives only, says nothing about the lab and is not kept.
    """
    whole = [lab for lab in verdict.labs if _is_whole(lab, catalog) and _was_seen(lab)]
    try:
        store, new_event = runtime.open_history()
        with store:
            for lab in whole:
                who = _learner_of(store, [catalog.lab(lab.lab)], catalog.decks())
                _keep(result_of(lab, verdict), store, new_event, who)
    except (OSError, ContentError, StoreError) as error:
        runtime.warn(f"this verdict is not remembered: {error}")
        return False
    return bool(whole)


def remember_cleaned(labs: list[str]) -> None:
    """Keeps that nothing of these labs is left."""
    try:
        store, new_event = runtime.open_history()
        with store:
            store.append(*(new_event("clean", lab=lab) for lab in labs))
    except (OSError, StoreError) as error:
        runtime.warn(f"this is not remembered: {error}")


def learner(store: Store, catalog: Catalog, more: Iterable[Deck] = ()) -> Learner:
    """How far the learner is, in the time zone of this machine; with `more` decks than the shelf holds.

    A lab that is broken is left out: it spoils neither the others nor the cards.
    """
    labs, _ = catalog.readable()
    return _learner_of(store, labs, [*catalog.decks(), *more])


def _learner_of(store: Store, labs: Iterable[Lab], decks: Iterable[Deck]) -> Learner:
    """How far the learner is with these labs and decks only: a check reads no lab but its own."""
    from datetime import UTC

    from labs.study.learner import read_learner

    zone = runtime.now().astimezone().tzinfo or UTC
    return read_learner(store, labs, decks, zone)


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


def _keep(result: LabResult, store: Store, new_event: EventFactory, who: Learner) -> None:
    """The verdict and what it does to its cards, in one go."""
    from labs.store import queries
    from labs.study.credit import credit

    credited = credit(result, who.links, who.credit_context(result.lab), new_event)
    attempt = queries.current_attempt(store, result.lab)
    store.append(queries.check_event(new_event, result, attempt), *credited)


def _is_whole(lab: LabVerdict, catalog: Catalog) -> bool:
    return len(lab.findings) == len(catalog.lab(lab.lab).task.objectives)


def _was_seen(lab: LabVerdict) -> bool:
    from labs.verdict import State

    return any(finding.state in {State.PASSED, State.FAILED} for finding in lab.findings)
