"""The order of the queue, its limits, and what never gets into it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from labs.study.queue import CardPool, QueueEntry, QueueReason, StudyOptions, cards_in_order, queue
from labs.study.schedule import Scheduler, Settings
from tests.study.learner_builder import DECK, Learner

CARDS = tuple(f"deck:{number:02}" for number in range(20))


def pool(learner: Learner, **fields: Any) -> CardPool:
    return CardPool(CARDS, learner.states(), learner.scheduler, learner.calendar, **fields)


def asked(learner: Learner, options: StudyOptions | None = None, **fields: Any) -> list[str]:
    return [entry.card for entry in queue(pool(learner, **fields), learner.now, options or StudyOptions())]


def test_a_card_without_an_answer_is_never_asked() -> None:
    assert cards_in_order([DECK]) == ("deck:strategies", "deck:binpack", "deck:spread")


def test_new_cards_come_in_deck_order_and_ten_a_day() -> None:
    learner = Learner()
    assert asked(learner) == [*CARDS[:10]]
    for card in CARDS[:4]:
        learner.reviews(card, 4)
    assert asked(learner) == [*CARDS[4:10]]
    learner.clock.move(days=1)
    assert [card for card in asked(learner) if card not in CARDS[:4]] == [*CARDS[4:14]]


def test_the_day_that_counts_new_cards_ends_at_four_in_the_morning() -> None:
    learner = Learner()
    learner.clock.at = learner.now.replace(hour=23)
    learner.reviews(CARDS[0], 4)
    learner.clock.move(hours=4)
    assert len(asked(learner)) == 9
    learner.clock.move(hours=1)
    assert len(asked(learner)) == 10


def test_the_order_is_surfaced_learning_forgotten_most_then_new() -> None:
    learner = Learner(scheduler=Scheduler(Settings(new_per_day=1)))
    for card, good in ((CARDS[5], 3), (CARDS[6], 4), (CARDS[7], 2)):
        learner.learns(card, good)
    learner.clock.move(days=60)
    learner.reviews(CARDS[8], 1)
    learner.does("surface", card=CARDS[5], lab="l", objective="o", data={"reason": "found random"})
    learner.clock.move(minutes=2)
    entries = queue(pool(learner), learner.now)
    assert [entry.why for entry in entries] == [
        QueueReason.SURFACED,
        QueueReason.LEARNING,
        QueueReason.DUE,
        QueueReason.DUE,
    ]
    assert [entry.card for entry in entries][:2] == [CARDS[5], CARDS[8]]
    recall = [
        learner.scheduler.retrievability(learner.state(entry.card).memory, learner.now)
        for entry in entries[2:]
    ]
    assert recall[0] < recall[1]
    assert (entries[0].reason, entries[0].found) == ("o failed in l", "found random")


def test_the_card_that_failed_last_comes_first() -> None:
    learner = Learner()
    for card in (CARDS[3], CARDS[9]):
        learner.does("surface", card=card, lab="l", objective="o", data={"reason": "found x"})
    assert asked(learner)[:3] == [CARDS[9], CARDS[3], CARDS[0]]


def test_a_card_in_learning_waits_for_its_minute() -> None:
    learner = Learner()
    learner.reviews(CARDS[0], 1)
    assert CARDS[0] not in asked(learner)
    learner.clock.move(minutes=1)
    assert asked(learner)[0] == CARDS[0]


def test_practised_new_cards_come_first_then_those_of_the_lab_in_progress() -> None:
    learner = Learner()
    learner.does("practised", card=CARDS[15], lab="l", objective="o")
    in_progress = frozenset({CARDS[12], CARDS[18]})
    assert asked(learner, in_progress=in_progress)[:4] == [CARDS[15], CARDS[12], CARDS[18], CARDS[0]]


@pytest.mark.parametrize(
    ("kind", "data", "days", "asked_again"),
    [
        pytest.param("suspend", {}, 400, False, id="suspended: never"),
        pytest.param("bury", {"until": "2026-11-23T04:00:00+00:00"}, 0, False, id="buried: not today"),
        pytest.param("bury", {"until": "2026-11-23T04:00:00+00:00"}, 1, True, id="buried: tomorrow"),
    ],
)
def test_cards_put_aside(kind: str, data: dict[str, Any], days: int, asked_again: bool) -> None:
    learner = Learner()
    learner.does("surface", card=CARDS[0], lab="l", objective="o", data={"reason": "found x"})
    learner.does(kind, card=CARDS[0], data=data)
    learner.clock.move(days=days)
    assert (CARDS[0] in asked(learner)) is asked_again


@pytest.mark.parametrize(
    ("options", "number"),
    [
        pytest.param(StudyOptions(limit=3), 3, id="limit"),
        pytest.param(StudyOptions(limit=0), 0, id="a limit of nothing"),
        pytest.param(StudyOptions(new=15), 15, id="more new ones than usual"),
        pytest.param(StudyOptions(new=0), 0, id="no new ones"),
        pytest.param(StudyOptions(cram=True), 20, id="cram takes every card"),
        pytest.param(StudyOptions(cram=True, limit=7), 7, id="cram with a limit"),
    ],
)
def test_how_much_is_asked(options: StudyOptions, number: int) -> None:
    assert len(asked(Learner(), options)) == number


def test_a_suspended_card_is_not_even_crammed() -> None:
    learner = Learner()
    learner.does("suspend", card=CARDS[0])
    assert asked(learner, StudyOptions(cram=True)) == [*CARDS[1:]]


def test_ahead_adds_the_cards_of_the_coming_days_soonest_first() -> None:
    learner = Learner(scheduler=Scheduler(Settings(new_per_day=0)))
    learner.learns(CARDS[1], 3)
    for card in (CARDS[2], CARDS[3]):
        learner.learns(card, 2)
        learner.clock.move(hours=1)
    assert asked(learner) == []
    assert asked(learner, StudyOptions(ahead=2)) == [CARDS[2], CARDS[3]]
    entries = queue(pool(learner), learner.now, StudyOptions(ahead=30))
    assert entries == [QueueEntry(card, QueueReason.AHEAD) for card in (CARDS[2], CARDS[3], CARDS[1])]


def test_the_queue_of_an_empty_deck_is_empty() -> None:
    learner = Learner()
    assert queue(replace(pool(learner), order=()), learner.now + timedelta(days=1)) == []
