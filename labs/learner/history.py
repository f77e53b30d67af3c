"""The learner's history: asked for what was done, given new verdicts; opened once for a command or a page."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Self

from labs.errors import ContentError, StoreError

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path
    from types import TracebackType

    from labs.content.deck import Deck
    from labs.content.lab import Lab
    from labs.content.pack import Catalog
    from labs.store import EventFactory, LabResult, Store
    from labs.study.learner import Learner
    from labs.verdict import LabVerdict, Verdict


class History:
    """The learner's events on this machine, and what makes new ones at this moment."""

    def __init__(self, store: Store, new_event: EventFactory, warn: Callable[[str], None]) -> None:
        self.store = store
        self.new_event = new_event
        self._warn = warn

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.store.close()

    def started_with(self, lab: str) -> dict[str, str]:
        """The names that `labs start` was given for the attempt under way."""
        from labs.store.queries import current_attempt

        attempt = current_attempt(self.store, lab)
        return dict(attempt.data.get("parameters", {})) if attempt else {}

    def seen(self, lab: str) -> list[str]:
        """The ids of resources that the checks of the attempt under way identified."""
        from labs.store.queries import result_of, since_attempt

        checks = since_attempt(self.store, lab, "check")
        return list(dict.fromkeys(each for check in checks for each in result_of(check).seen))

    def started_last(self) -> str | None:
        """The lab whose attempt was started last; None if none was."""
        from labs.store.queries import latest_attempt_of_all

        attempt = latest_attempt_of_all(self.store)
        return attempt.lab if attempt else None

    def learner(self, catalog: Catalog, more: Iterable[Deck] = ()) -> Learner:
        """The learner's progress, in the time zone of this machine; with `more` decks than the catalog holds.

        A lab that is broken is left out: it spoils neither the others nor the cards.
        """
        labs, _ = catalog.readable()
        return self._learner_of(labs, [*catalog.decks(), *more])

    def remember(self, verdict: Verdict, catalog: Catalog) -> bool:
        """Stores the verdicts on whole labs; whether that was done. A history that cannot be written spoils none.

        What could not be looked at, and a run of some objectives only, says nothing about the lab and is not stored.
        """
        whole = [lab for lab in verdict.labs if _is_whole(lab, catalog) and _was_judged(lab)]
        try:
            for lab in whole:
                who = self._learner_of([catalog.lab(lab.lab)], catalog.decks())
                self._store(result_of(lab, verdict), who)
        except (OSError, ContentError, StoreError) as error:
            self._warn(f"This result was not saved: {error}")
            return False
        return bool(whole)

    def remember_watched(self, verdict: Verdict, catalog: Catalog) -> None:
        """Stores what a watch shows at the moment, which `labs hint` goes by."""
        from labs.store.queries import current_attempt, watched_event

        results = [result_of(lab, verdict) for lab in verdict.labs if _is_whole(lab, catalog)]
        try:
            self.store.append(
                *(
                    watched_event(self.new_event, each, current_attempt(self.store, each.lab))
                    for each in results
                )
            )
        except (OSError, StoreError) as error:
            self._warn(f"hints do not know what this watch shows: {error}")

    def remember_cleaned(self, labs: list[str]) -> None:
        """Stores that nothing of these labs is left."""
        try:
            self.store.append(*(self.new_event("clean", lab=lab) for lab in labs))
        except (OSError, StoreError) as error:
            self._warn(f"this is not remembered: {error}")

    def _learner_of(self, labs: Iterable[Lab], decks: Iterable[Deck]) -> Learner:
        """The progress with these labs and decks only: a check reads no lab but its own."""
        from datetime import UTC

        from labs.study.learner import read_learner

        zone = self.new_event.now().astimezone().tzinfo or UTC
        return read_learner(self.store, labs, decks, zone)

    def _store(self, result: LabResult, who: Learner) -> None:
        """Stores a result and its effect on the cards, in one go."""
        from labs.store.queries import check_event, current_attempt
        from labs.study.credit import credit

        credited = credit(result, who.links, who.credit_context(result.lab), self.new_event)
        attempt = current_attempt(self.store, result.lab)
        self.store.append(check_event(self.new_event, result, attempt), *credited)


def open_history(home: Path, now: Callable[[], datetime], warn: Callable[[str], None]) -> History:
    """The history in a learner's folder; `warn` gets the events that could not be stored."""
    from labs.store import EventFactory, open_store

    store = open_store(home)
    return History(store, EventFactory(store.device, now, _random_bits), warn)


def _random_bits(number: int) -> int:
    import secrets

    return secrets.randbits(number)


def result_of(lab: LabVerdict, verdict: Verdict) -> LabResult:
    """A lab's verdict as it is stored."""
    from labs import __version__
    from labs.store import LabResult, ObjectiveResult
    from labs.verify.identified import identified

    return LabResult(
        lab=lab.lab,
        account=verdict.target.account,
        region=verdict.target.region or "",
        target=verdict.target.kind,
        objectives=tuple(
            ObjectiveResult(each.id, each.state.value, each.found, each.expected) for each in lab.findings
        ),
        parameters=lab.parameters,
        seen=identified(lab.findings),
        version=__version__,
        pack=lab.pack,
    )


def _is_whole(lab: LabVerdict, catalog: Catalog) -> bool:
    return len(lab.findings) == len(catalog.lab(lab.lab).task.objectives)


def _was_judged(lab: LabVerdict) -> bool:
    from labs.verdict import State

    return any(finding.state in {State.PASSED, State.FAILED} for finding in lab.findings)
