"""A verdict on several labs is stored as each of its labs alone would be."""

from __future__ import annotations

import random
from pathlib import Path
from types import SimpleNamespace

import pytest

from labs.content.lab import Lab
from labs.content.lab_task import CardLink
from labs.learner.history import History
from labs.store import Event, EventFactory, open_store
from labs.study import learner
from labs.verdict import AccountIdentity, Finding, LabVerdict, State, Verdict
from tests.store.builders import Clock
from tests.study.learner_builder import DECK, FIRST, PLACEMENT, lab

TARGET = AccountIdentity(
    "sandbox", "123456789012", "eu-west-1", "http://127.0.0.1:1", "arn:aws:iam::1:user/a"
)
SHARES = lab("shares-binpack", "one", cards=(CardLink("deck", "Explain Binpack", ("one",)),))


def verdict(*labs: Lab) -> Verdict:
    """Everything passed."""
    return Verdict(
        TARGET,
        tuple(
            LabVerdict(
                each.id,
                each.id,
                {},
                tuple(Finding(goal.id, goal.title, State.PASSED, ()) for goal in each.task.objectives),
                0.1,
            )
            for each in labs
        ),
        calls=1,
        seconds=0.1,
    )


def stored(home: Path, *verdicts: Verdict) -> list[tuple[object, ...]]:
    """The events of a new history after these verdicts."""
    catalog = SimpleNamespace(
        lab={each.id: each for each in (FIRST, PLACEMENT, SHARES)}.__getitem__, decks=lambda: [DECK]
    )
    with History(
        open_store(home), EventFactory("laptop", Clock(), random.Random(7).getrandbits), pytest.fail
    ) as history:
        for each in verdicts:
            assert history.remember(each, catalog)
        return sorted((_facts(event) for event in history.store.events()), key=repr)


def _facts(event: Event) -> tuple[object, ...]:
    return event.kind, event.lab, event.card, event.objective, event.data


def test_labs_that_share_a_card_are_stored_one_after_the_other(tmp_path: Path) -> None:
    together = stored(tmp_path / "a", verdict(PLACEMENT, SHARES))
    assert together == stored(tmp_path / "b", verdict(PLACEMENT), verdict(SHARES))
    assert ("practised", "ecs-placement") in [facts[:2] for facts in together]


def test_the_events_of_labs_that_share_no_card_are_read_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = []
    real = learner.read_learner
    monkeypatch.setattr(learner, "read_learner", lambda *given: reads.append(1) or real(*given))
    stored(tmp_path, verdict(FIRST, PLACEMENT))
    assert len(reads) == 1
