"""How far a learner is, and what comes next, from the events in a store."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from labs.content.lab import Lab
from labs.content.links import missing_cards
from labs.store import open_store, queries
from labs.study.credit import credit
from labs.study.learner import Learner as Read
from labs.study.learner import read_learner
from labs.study.practice_links import Practice, practices
from labs.study.progress import card_progress, forecast, lab_progress, retention, streak
from labs.study.progress_json import progress_document
from labs.study.proposals import Proposal, next_step, proposals
from tests.store.builders import result
from tests.study.learner_builder import (
    AFTER,
    BINPACK,
    DECK,
    FIRST,
    PLACEMENT,
    SPREAD,
    STRATEGIES,
    Learner,
    lab,
)

LABS = (FIRST, PLACEMENT, AFTER)
FAILED = {"service": "passed", "binpack-memory": "failed"}
PASSED = {"service": "passed", "binpack-memory": "passed"}


class ReadingLearner(Learner):
    """A learner whose events are read back from a store."""

    def __init__(self, home: Path) -> None:
        super().__init__()
        self.home = home

    def read(self, labs: Sequence[Lab] = LABS) -> Read:
        with open_store(self.home) as store:
            store.append(*self.events)
            return read_learner(store, labs, [DECK], UTC)

    def checks(self, states: dict[str, str], labs: Sequence[Lab] = LABS, **fields: Any) -> None:
        self.clock.move(minutes=1)
        given = result(states, **fields)
        read = self.read(labs)
        caused = credit(given, read.links, read.credit_context(given.lab), self.new_event)
        self.events += [queries.check_event(self.new_event, given, None), *caused]
        self.clock.move(minutes=1)

    def next(self, labs: Sequence[Lab] = LABS) -> Proposal | None:
        return next_step(self.read(labs), self.now)


@pytest.fixture
def learner(tmp_path: Path) -> ReadingLearner:
    return ReadingLearner(tmp_path / "progress")


def test_links_ignore_case_and_leave_out_unknown_cards() -> None:
    lost = msgspec.structs.replace(PLACEMENT.task.cards[0], question="Explain Nothing")
    task = msgspec.structs.replace(PLACEMENT.task, cards=(*PLACEMENT.task.cards, lost))
    assert practices([msgspec.structs.replace(PLACEMENT, task=task)], [DECK]) == (
        Practice(BINPACK, "ecs-placement", ("binpack-memory",)),
        Practice(SPREAD, "ecs-placement", ("service",), applies=False),
    )
    changed = msgspec.structs.replace(PLACEMENT, task=task)
    assert list(missing_cards(changed, [DECK])) == [
        "ecs-placement: deck 'deck' has no card 'Explain Nothing'. Correct the question in task.toml"
    ]
    assert list(missing_cards(changed, [])) == [
        "ecs-placement: no pack has a deck 'deck'. Create decks/deck.md, or correct task.toml"
    ]


def test_a_fresh_learner_knows_nothing_and_reading_writes_nothing(tmp_path: Path) -> None:
    with open_store(tmp_path / "nowhere") as store:
        read = read_learner(store, LABS, [DECK], UTC)
    assert not (tmp_path / "nowhere").exists()
    cards = card_progress(read, Learner().now)
    assert [card.card for card in cards] == [STRATEGIES, BINPACK, SPREAD]
    assert not any(card.known or card.practised or card.mastered or card.due for card in cards)
    assert [(lab.lab, lab.score, lab.total, lab.at) for lab in lab_progress(read)] == [
        ("ecr-push", None, 1, None),
        ("ecs-placement", None, 2, None),
        ("ecs-placement-spread", None, 1, None),
    ]


def test_a_card_is_mastered_when_it_is_known_and_practised(learner: ReadingLearner) -> None:
    learner.learns(BINPACK)
    learner.checks(PASSED)
    _, binpack, spread = card_progress(learner.read(), learner.now)
    assert (binpack.known, binpack.practised, binpack.mastered) == (True, True, True)
    assert (spread.known, spread.practised, spread.mastered) == (False, True, False)


def test_a_new_major_version_of_a_pack_asks_for_practice_again(learner: ReadingLearner) -> None:
    learner.checks(PASSED, version="1.4.0")
    for version, practised in (("1.5.0", True), ("2.0.0", False)):
        labs = [msgspec.structs.replace(each, pack=f"placing {version}") for each in LABS]
        _, binpack, _ = card_progress(learner.read(labs), learner.now)
        assert binpack.practised is practised


def test_a_failed_lab_makes_its_card_due_and_says_why(learner: ReadingLearner) -> None:
    learner.does("attempt", lab="ecs-placement")
    learner.checks(FAILED)
    _, binpack, _ = card_progress(learner.read(), learner.now)
    assert (binpack.due, binpack.due_at) == (True, None)
    assert binpack.surfaced == "ecs-placement: found something else"
    learner.does("suspend", card=BINPACK)
    assert not card_progress(learner.read(), learner.now)[1].due


def test_forecast_counts_overdue_cards_today_and_others_on_their_day(learner: ReadingLearner) -> None:
    for card in (STRATEGIES, BINPACK):
        learner.learns(card, 2)
    learner.learns(SPREAD, 3)
    read = learner.read()
    assert sum(forecast(read.pool, learner.now)) == 3
    assert forecast(read.pool, learner.now + timedelta(days=5))[0] == 2
    assert forecast(read.pool, learner.now, days=1) == [2]
    ahead = forecast(read.pool, learner.now)
    assert ahead.index(1) == 11
    learner.does("suspend", card=SPREAD)
    assert sum(forecast(learner.read().pool, learner.now)) == 2


def test_retention_compares_true_and_predicted_recall_in_study_only(learner: ReadingLearner) -> None:
    learner.learns(BINPACK, 2)
    assert retention(learner.states()).reviews == 0
    learner.waits_until_due(BINPACK)
    learner.reviews(BINPACK, 1)
    learner.learns(SPREAD, 2)
    learner.waits_until_due(SPREAD)
    learner.reviews(SPREAD, 3, source="lab")
    found = retention(learner.states())
    assert (found.reviews, found.recalled) == (1, 0.0)
    assert found.predicted == pytest.approx(0.9, abs=0.03)


def studies(learner: ReadingLearner) -> None:
    learner.reviews(BINPACK, 3)


def checks(learner: ReadingLearner) -> None:
    learner.checks(FAILED)


def imports_from_anki(learner: ReadingLearner) -> None:
    learner.reviews(BINPACK, 3, source="anki")


@pytest.mark.parametrize(
    ("days", "length"),
    [
        pytest.param([], 0, id="nothing yet"),
        pytest.param([(0, studies)], 1, id="today"),
        pytest.param([(-1, studies)], 1, id="yesterday: today is not over"),
        pytest.param([(-2, studies)], 0, id="the day before: broken"),
        pytest.param([(-2, studies), (-1, checks), (0, studies)], 3, id="labs count too"),
        pytest.param([(-3, studies), (-1, studies), (0, studies)], 2, id="a gap ends it"),
        pytest.param([(0, imports_from_anki)], 0, id="an import is no day's work"),
    ],
)
def test_a_streak_is_days_in_a_row(
    learner: ReadingLearner, days: list[tuple[int, Callable[[ReadingLearner], None]]], length: int
) -> None:
    today = learner.now
    for offset, act in days:
        learner.clock.at = today + timedelta(days=offset)
        act(learner)
    assert streak(learner.events, today + timedelta(minutes=5), learner.calendar) == length


def test_what_to_do_next_over_a_week(learner: ReadingLearner) -> None:
    first = Proposal("lab", "about 20 min, about $0.04", "ecr-push")
    assert learner.next() == first
    learner.does("attempt", lab="ecs-placement")
    learner.checks(FAILED)
    assert learner.next() == Proposal("lab", "in progress, 1 of 2 passed", "ecs-placement")
    assert proposals(learner.read(), learner.now)[1].why == "1 card is due (1 because of a failed lab)"
    learner.checks(PASSED)
    assert proposals(learner.read(), learner.now) == [
        first,
        Proposal("lab", first.why, "ecs-placement-spread"),
    ]
    learner.does("attempt", lab="ecs-placement-spread")
    assert learner.next() == Proposal("lab", "started, not checked yet", "ecs-placement-spread")
    learner.checks({"spread-az": "passed"}, lab="ecs-placement-spread")
    learner.checks({"image": "passed"}, lab="ecr-push")
    assert learner.next() is None
    learner.learns(STRATEGIES, 2)
    learner.waits_until_due(STRATEGIES)
    assert learner.next() == Proposal("study", "1 card is due")


def test_curiosity_changes_no_order(learner: ReadingLearner) -> None:
    """`check --all` in an empty account begins nothing."""
    learner.checks({"spread-az": "failed"}, lab="ecs-placement-spread")
    learner.checks({"service": "failed", "binpack-memory": "blocked"})
    assert learner.next() == Proposal("lab", "about 20 min, about $0.04", "ecr-push")


def test_proposals_start_with_the_lab_checked_last_and_name_no_lab_twice(
    learner: ReadingLearner,
) -> None:
    for started in ("ecr-push", "ecs-placement"):
        learner.does("attempt", lab=started)
    learner.checks({"image": "failed"}, lab="ecr-push")
    learner.checks({"service": "failed", "binpack-memory": "blocked"})
    labs = [proposal.lab for proposal in proposals(learner.read(), learner.now) if proposal.do == "lab"]
    assert labs == ["ecs-placement", "ecr-push"]
    learner.checks({"image": "failed"}, lab="ecr-push")
    assert next_step(learner.read(), learner.now) == Proposal("lab", "in progress, 0 of 1 passed", "ecr-push")


def test_a_passed_lab_is_not_unfinished_after_it_was_cleaned(
    learner: ReadingLearner,
) -> None:
    learner.checks(PASSED)
    learner.checks({"service": "failed", "binpack-memory": "blocked"})
    assert "ecs-placement" not in [proposal.lab for proposal in proposals(learner.read(), learner.now)]


def test_a_lab_waits_for_what_it_requires(learner: ReadingLearner) -> None:
    assert "ecs-placement-spread" not in [one.lab for one in proposals(learner.read(), learner.now)]


def test_after_a_lab_of_a_pack_its_other_labs_come_first(learner: ReadingLearner) -> None:
    """But not after a check out of curiosity, in which nothing passed."""
    mine, other = (
        msgspec.structs.replace(lab(name, "queue", order=2), pack="messaging 0.1.0")
        for name in ("sns-filter", "sqs-queue")
    )
    labs = (*LABS, mine, other)
    learner.checks({"queue": "failed"}, lab="sns-filter", labs=labs)
    assert learner.next(labs) == Proposal("lab", "about 20 min, about $0.04", "ecr-push")
    learner.checks({"queue": "passed"}, lab="sns-filter", labs=labs)
    assert learner.next(labs) == Proposal("lab", "about 20 min, about $0.04", "sqs-queue")


def test_a_leech_proposes_its_lab_until_the_card_is_practised(learner: ReadingLearner) -> None:
    for _ in range(8):
        learner.learns(BINPACK, 2)
        learner.reviews(BINPACK, 1)
    why = "practices a card that you forgot 8 times"
    assert Proposal("lab", why, "ecs-placement") in proposals(learner.read(), learner.now)
    learner.checks(PASSED)
    assert why not in [proposal.why for proposal in proposals(learner.read(), learner.now)]


def test_new_cards_of_the_lab_in_progress_are_in_the_pool(learner: ReadingLearner) -> None:
    learner.does("attempt", lab="ecs-placement")
    assert learner.read().pool.in_progress == {BINPACK, SPREAD}
    learner.checks(PASSED)
    assert learner.read().pool.in_progress == set()


def test_the_document_is_plain_json_with_what_the_contract_names(learner: ReadingLearner) -> None:
    learner.learns(BINPACK)
    learner.does("attempt", lab="ecs-placement")
    learner.checks(FAILED)
    best_at = learner.events[-1].at
    learner.checks({"service": "failed", "binpack-memory": "blocked"})
    document = progress_document(learner.read(), learner.now)
    assert msgspec.json.decode(msgspec.json.encode(document)) == document
    assert document["schema"] == 1
    card = document["cards"][1]
    assert {key: card[key] for key in ("id", "known", "practised", "mastered", "due", "labs")} == {
        "id": BINPACK,
        "known": True,
        "practised": False,
        "mastered": False,
        "due": True,
        "labs": ["ecs-placement"],
    }
    lab = document["labs"][1]
    assert (lab["lab"], lab["score"], lab["total"], lab["passed"]) == ("ecs-placement", 1, 2, False)
    assert lab["at"][:16] == f"{best_at:%Y-%m-%dT%H:%M}"
    assert lab["at"].endswith("Z")
    assert document["next"][0] == {"do": "lab", "lab": "ecs-placement", "why": "in progress, 0 of 2 passed"}
    assert len(document["forecast"]) == 30


def test_unfounded_surface_events_of_earlier_versions_are_ignored(
    learner: ReadingLearner,
) -> None:
    """It wrote such events for labs that nobody had started, and after a lab was done."""
    surface = {"card": BINPACK, "lab": "ecs-placement", "objective": "binpack-memory"}
    learner.does("surface", **surface, data={"reason": "found nothing"})
    assert learner.read().pool.state(BINPACK).surfaced
    nothing = result({"service": "failed", "binpack-memory": "failed"})
    learner.events.append(queries.check_event(learner.new_event, nothing, None))
    assert not learner.read().pool.state(BINPACK).surfaced
    learner.does("attempt", lab="ecs-placement")
    learner.checks(FAILED)
    assert learner.read().pool.state(BINPACK).surfaced
