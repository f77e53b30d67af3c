"""The learner's history: queries for commands and pages, and storing of verdicts and clean-ups."""

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
    """The learner's events on this machine, and the factory of new events."""

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
        """The parameters that `labs start` was given for the current attempt."""
        from labs.store.queries import current_attempt

        attempt = current_attempt(self.store, lab)
        return dict(attempt.data.get("parameters") or {}) if attempt else {}

    def seen(self, lab: str) -> list[str]:
        """The ids of resources that checks in the current attempt identified."""
        from labs.store.queries import result_of, since_attempt

        checks = since_attempt(self.store, lab, "check")
        return list(dict.fromkeys(each for check in checks for each in result_of(check).seen))

    def started_last(self) -> str | None:
        """The lab that was started last; None if there is none."""
        from labs.store.queries import current_attempt

        attempt = current_attempt(self.store)
        return attempt.lab if attempt else None

    def learner(self, catalog: Catalog, more: Iterable[Deck] = ()) -> Learner:
        """The learner's progress in the time zone of this machine; `more` are decks outside the catalog.

        Broken labs are left out.
        """
        labs, _ = catalog.readable()
        return self._learner_of(labs, [*catalog.decks(), *more])

    def remember(self, verdict: Verdict, catalog: Catalog) -> bool:
        """Stores the verdicts on whole labs, and returns whether it did. Warns if the history cannot be written.

        Verdicts without any passed or failed objective, and those on some objectives only, are not stored.
        """
        whole = [lab for lab in verdict.labs if _is_whole(lab, catalog) and _was_judged(lab)]
        try:
            who: Learner | None = None
            for lab in whole:
                who = who or self._learner_of([catalog.lab(each.lab) for each in whole], catalog.decks())
                if self._store(result_of(lab, verdict), who):
                    who = None
        except (OSError, ContentError, StoreError) as error:
            self._warn(f"This result was not saved: {error}")
            return False
        return bool(whole)

    def remember_watched(self, verdict: Verdict, catalog: Catalog) -> None:
        """Stores a verdict that a watch showed, for `labs hint`."""
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
            self._warn(f"The changes of this watch were not saved for hints: {error}")

    def remember_cleaned(self, labs: list[str]) -> None:
        """Stores that these labs were cleaned up."""
        try:
            self.store.append(*(self.new_event("clean", lab=lab) for lab in labs))
        except (OSError, StoreError) as error:
            self._warn(f"This clean-up was not saved: {error}")

    def _learner_of(self, labs: Iterable[Lab], decks: Iterable[Deck]) -> Learner:
        """The progress with only these labs and decks: a check reads no other lab."""
        from datetime import UTC

        from labs.study.learner import read_learner

        zone = self.new_event.now().astimezone().tzinfo or UTC
        return read_learner(self.store, labs, decks, zone)

    def _store(self, result: LabResult, who: Learner) -> bool:
        """Stores a result together with its effect on the cards; whether these are also cards of other labs."""
        from labs.store.queries import check_event, current_attempt
        from labs.study.credit import credit

        credited = credit(result, who.links, who.credit_context(result.lab), self.new_event)
        attempt = current_attempt(self.store, result.lab)
        self.store.append(check_event(self.new_event, result, attempt), *credited)
        changed = {event.card for event in credited}
        return any(link.card in changed and link.lab != result.lab for link in who.links)


def open_history(home: Path, now: Callable[[], datetime], warn: Callable[[str], None]) -> History:
    """The history in a learner's folder; `warn` is called with a message if something cannot be stored."""
    from labs.store import EventFactory, open_store

    store = open_store(home)
    return History(store, EventFactory(store.device, now, _random_bits), warn)


def _random_bits(number: int) -> int:
    import secrets

    return secrets.randbits(number)


def result_of(lab: LabVerdict, verdict: Verdict) -> LabResult:
    """The part of a lab's verdict that is stored."""
    from labs.content.lab import version_of
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
        version=version_of(lab.pack),
        pack=lab.pack,
    )


def _is_whole(lab: LabVerdict, catalog: Catalog) -> bool:
    return len(lab.findings) == len(catalog.lab(lab.lab).task.objectives)


def _was_judged(lab: LabVerdict) -> bool:
    from labs.verdict import State

    return any(finding.state in {State.PASSED, State.FAILED} for finding in lab.findings)
