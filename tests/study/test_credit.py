"""The rule that joins practice and recall: every guard has a test in which only that guard is not met."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from labs.store import Event, LabResult, ObjectiveResult, queries
from labs.study.credit import CreditContext, credit, latest_attempt
from labs.study.practice_links import Practice
from labs.study.schedule import Grade, Settings
from tests.store.builders import result
from tests.study.learner_builder import BINPACK, SPREAD, STRATEGIES, Learner

LAB = "ecs-placement"
LINKS = [
    Practice(BINPACK, LAB, ("binpack-memory",)),
    Practice(STRATEGIES, LAB, ("binpack-memory", "running")),
]
FAILED = {"service": "passed", "binpack-memory": "failed", "running": "blocked"}
PASSED = {"service": "passed", "binpack-memory": "passed", "running": "passed"}


class CreditLearner(Learner):
    """A learner who also does labs."""

    links: Sequence[Practice] = LINKS[:1]
    settings = Settings()

    def starts(self, **options: Any) -> Event:
        self.clock.move(minutes=1)
        event = queries.attempt_event(self.new_event, LAB, **options)
        return self._keeps(event)

    def checks(self, states: dict[str, str], **fields: Any) -> list[Event]:
        """The events that a check caused, beside its own."""
        return self.is_reported(result(states, **fields))

    def is_reported(self, given: LabResult) -> list[Event]:
        self.clock.move(minutes=3)
        context = CreditContext(self.states(), latest_attempt(self.events, LAB), self.calendar, self.settings)
        caused = credit(given, self.links, context, self.new_event)
        for event in (queries.check_event(self.new_event, given, None), *caused):
            self._keeps(event)
        return caused

    def _keeps(self, event: Event) -> Event:
        self.events.append(event)
        self.clock.move(milliseconds=1)
        return event


@pytest.fixture
def learner() -> CreditLearner:
    """A learner whose card on binpack is in review and due."""
    learner = CreditLearner()
    learner.learns(BINPACK)
    learner.waits_until_due(BINPACK)
    return learner


def reviews(caused: list[Event]) -> list[tuple[str | None, int | None, str | None]]:
    return [(event.card, event.rating, event.source) for event in caused if event.kind == "review"]


def kinds(caused: list[Event]) -> list[str]:
    return [event.kind for event in caused]


def test_a_pass_of_a_due_card_after_a_failure_counts_as_hard(learner: CreditLearner) -> None:
    learner.starts()
    assert reviews(learner.checks(FAILED)) == []
    assert reviews(learner.checks(PASSED)) == [(BINPACK, Grade.HARD, "lab")]


def test_a_pass_when_it_is_first_judged_counts_as_good(learner: CreditLearner) -> None:
    """Blocked is not failed: what it needs was not there yet."""
    learner.starts()
    learner.checks({"service": "failed", "binpack-memory": "blocked"})
    assert reviews(learner.checks(PASSED)) == [(BINPACK, Grade.GOOD, "lab")]


def test_a_pass_stands_in_for_exactly_the_review_that_was_due(learner: CreditLearner) -> None:
    learner.starts(standing=[])
    before = learner.state(BINPACK).memory
    [(_, rating, _)] = reviews(learner.checks(PASSED))
    after = learner.state(BINPACK).memory
    assert rating is not None
    assert after == learner.scheduler.review(before, Grade(rating), after.last or learner.now)
    assert (after.stability or 0) > (before.stability or 0)


def test_repeated_failing_checks_leave_memory_unchanged(learner: CreditLearner) -> None:
    learner.starts()
    before = learner.state(BINPACK).memory
    caused = [event for _ in range(5) for event in learner.checks(FAILED)]
    assert learner.state(BINPACK).memory == before
    assert kinds(caused).count("surface") == 1


def test_a_failed_objective_brings_its_card_forward_with_what_was_found(learner: CreditLearner) -> None:
    learner.starts()
    states = [
        ObjectiveResult("service", "passed"),
        ObjectiveResult("binpack-memory", "failed", "random", "binpack on memory"),
    ]
    given = result({}, objectives=tuple(states))
    [surface] = learner.is_reported(given)
    assert (surface.kind, surface.card, surface.objective) == ("surface", BINPACK, "binpack-memory")
    assert surface.data == {"reason": "found random, expected binpack on memory"}
    learner.checks(PASSED)
    assert not learner.state(BINPACK).surfaced


@pytest.mark.parametrize("state", ["blocked", "inconclusive"])
def test_what_was_not_judged_surfaces_nothing_and_practises_nothing(
    learner: CreditLearner, state: str
) -> None:
    learner.starts()
    assert learner.checks({"service": "passed", "binpack-memory": state}) == []


def test_guard_a_a_replayed_record_causes_nothing_at_all(learner: CreditLearner) -> None:
    learner.starts(standing=[])
    assert learner.checks(FAILED, live=False) == []
    assert learner.checks(PASSED, live=False) == []
    assert reviews(learner.checks(PASSED)) == [(BINPACK, Grade.GOOD, "lab")]


def test_guard_b_what_stood_before_the_attempt_earns_nothing(learner: CreditLearner) -> None:
    learner.starts()
    assert reviews(learner.checks(PASSED)) == []
    learner.starts(standing=["binpack-memory"])
    assert reviews(learner.checks(PASSED)) == []


@pytest.mark.parametrize(("minutes", "counts"), [(-1, False), (0, True), (1, True)])
def test_guard_b_a_resource_counts_when_it_is_younger_than_the_attempt(
    learner: CreditLearner, minutes: int, counts: bool
) -> None:
    started_at = learner.starts().at
    objective = ObjectiveResult("binpack-memory", "passed", created=started_at + timedelta(minutes=minutes))
    assert bool(reviews(learner.is_reported(result({}, objectives=(objective,))))) is counts


def test_guard_b_without_an_attempt_nothing_counts(learner: CreditLearner) -> None:
    learner.checks(FAILED)
    assert reviews(learner.checks(PASSED)) == []


def test_guard_b_a_failure_of_an_earlier_attempt_proves_nothing(learner: CreditLearner) -> None:
    learner.starts()
    learner.checks(FAILED)
    learner.starts()
    assert reviews(learner.checks(PASSED)) == []


def test_guard_b_a_repeated_pass_earns_nothing(
    learner: CreditLearner,
) -> None:
    learner.starts()
    learner.checks(FAILED)
    learner.checks(PASSED)
    learner.waits_until_due(BINPACK)
    assert reviews(learner.checks(PASSED)) == []


def test_guard_b_a_failure_with_other_names_or_account_proves_nothing(
    learner: CreditLearner,
) -> None:
    learner.starts()
    learner.checks(FAILED, parameters={"cluster": "other"})
    learner.checks(FAILED, region="us-east-1")
    learner.checks(FAILED, target="sandbox")
    learner.checks(FAILED, account="999999999999")
    assert reviews(learner.checks(PASSED)) == []


def test_guard_b_a_run_that_failed_between_two_passes_is_no_failure(learner: CreditLearner) -> None:
    learner.starts()
    learner.checks(FAILED)
    learner.checks(PASSED)
    learner.checks({"service": "inconclusive", "binpack-memory": "inconclusive"})
    learner.waits_until_due(BINPACK)
    assert reviews(learner.checks(PASSED)) == []


def test_guard_b_blocked_by_what_could_not_be_looked_at_proves_nothing(learner: CreditLearner) -> None:
    learner.starts()
    learner.checks({"service": "inconclusive", "binpack-memory": "blocked"})
    assert reviews(learner.checks(PASSED)) == []


def test_guard_c_a_hint_on_the_objective_takes_the_credit(learner: CreditLearner) -> None:
    learner.starts()
    learner.checks(FAILED)
    learner.does("hint", lab=LAB, objective="binpack-memory", data={"level": 1})
    assert reviews(learner.checks(PASSED)) == []


def test_guard_c_hints_on_other_objectives_or_attempts_keep_the_credit(
    learner: CreditLearner,
) -> None:
    learner.starts()
    learner.does("hint", lab=LAB, objective="binpack-memory", data={"level": 2})
    learner.starts()
    learner.does("hint", lab=LAB, objective="service", data={"level": 2})
    learner.checks(FAILED)
    assert reviews(learner.checks(PASSED)) == [(BINPACK, Grade.HARD, "lab")]


def test_guard_c_what_was_opened_of_another_lab_does_not_matter(learner: CreditLearner) -> None:
    learner.starts()
    learner.does("solution", lab="ecr-push")
    learner.does("hint", lab="ecr-push", objective="binpack-memory", data={"level": 1})
    learner.checks(FAILED)
    assert reviews(learner.checks(PASSED)) == [(BINPACK, Grade.HARD, "lab")]


def test_guard_c_the_solution_takes_the_credit_of_every_objective(learner: CreditLearner) -> None:
    learner.starts()
    learner.checks(FAILED)
    learner.does("solution", lab=LAB)
    assert reviews(learner.checks(PASSED)) == []


@pytest.mark.parametrize("taken_back", [False, True], ids=["stays", "undone"])
@pytest.mark.parametrize("kind", ["review", "shown"])
def test_guard_c_a_card_seen_during_the_attempt_earns_nothing(
    learner: CreditLearner, kind: str, taken_back: bool
) -> None:
    learner.starts()
    learner.checks(FAILED)
    rating = {"rating": 1, "source": "study"} if kind == "review" else {}
    seen = learner.does(kind, card=BINPACK, **rating)
    if taken_back:
        learner.does("void", card=BINPACK, data={"event": seen.id})
    learner.waits_until_due(BINPACK)
    assert reviews(learner.checks(PASSED)) == []


def test_guard_d_a_touched_card_is_practised_without_credit(learner: CreditLearner) -> None:
    learner.links = [Practice(BINPACK, LAB, ("binpack-memory",), applies=False)]
    learner.starts()
    learner.checks(FAILED)
    assert kinds(learner.checks(PASSED)) == ["practised"]


def test_guard_e_a_pass_on_a_card_that_is_not_due_changes_no_memory(learner: CreditLearner) -> None:
    learner.reviews(BINPACK, 3)
    before = learner.state(BINPACK).memory
    learner.starts()
    learner.checks(FAILED)
    assert kinds(learner.checks(PASSED)) == ["practised"]
    assert learner.state(BINPACK).memory == before


@pytest.mark.parametrize("good", [0, 1], ids=["new", "learning and due"])
def test_guard_e_a_pass_on_a_card_that_is_not_in_review_changes_no_memory(good: int) -> None:
    learner = CreditLearner()
    before = learner.learns(BINPACK, good).memory
    learner.clock.move(days=1)
    learner.starts()
    learner.checks(FAILED)
    assert kinds(learner.checks(PASSED)) == ["practised"]
    assert learner.state(BINPACK).memory == before


def test_daily_passes_earn_only_the_review_that_was_due() -> None:
    learner = CreditLearner()
    learner.learns(BINPACK)
    learner.waits_until_due(BINPACK)
    counted = 0
    for _ in range(20):
        learner.starts()
        learner.checks(FAILED)
        counted += len(reviews(learner.checks(PASSED)))
        learner.clock.move(days=1)
    assert counted == 1


def test_one_card_gets_at_most_one_credit_from_one_check_and_on_one_day(learner: CreditLearner) -> None:
    learner.links = [LINKS[0], LINKS[0], Practice(BINPACK, LAB, ("running",))]
    learner.starts()
    learner.checks(FAILED)
    [credited] = [event for event in learner.checks(PASSED) if event.kind == "review"]
    learner.does("void", card=BINPACK, data={"event": credited.id})
    learner.starts()
    learner.checks(FAILED)
    assert reviews(learner.checks(PASSED)) == []


def test_a_suspended_card_gets_no_credit(learner: CreditLearner) -> None:
    learner.does("suspend", card=BINPACK)
    learner.starts()
    learner.checks(FAILED)
    assert reviews(learner.checks(PASSED)) == []


def test_credit_can_be_switched_off_and_practice_stays(learner: CreditLearner) -> None:
    learner.settings = Settings(lab_credit="off")
    learner.starts()
    learner.checks(FAILED)
    assert kinds(learner.checks(PASSED)) == ["practised"]


def test_a_card_of_two_objectives_counts_when_the_last_one_passes() -> None:
    learner = CreditLearner()
    learner.links = LINKS[1:]
    learner.learns(STRATEGIES)
    learner.waits_until_due(STRATEGIES)
    learner.starts()
    learner.checks(FAILED)
    caused = learner.checks({"binpack-memory": "passed", "running": "failed"})
    assert sorted(kinds(caused)) == ["practised", "surface"]
    assert reviews(learner.checks(PASSED)) == [(STRATEGIES, Grade.HARD, "lab")]


def test_a_watched_lab_that_keeps_passing_says_practised_once_a_day(learner: CreditLearner) -> None:
    learner.starts()
    learner.checks(FAILED)
    learner.checks(PASSED)
    assert learner.checks(PASSED) == []
    learner.clock.move(days=1)
    assert kinds(learner.checks(PASSED)) == ["practised"]


def test_an_objective_fixed_on_the_same_day_surfaces_its_card_no_longer(
    learner: CreditLearner,
) -> None:
    learner.starts()
    learner.checks(FAILED)
    assert learner.state(BINPACK).surfaced
    learner.checks(PASSED)
    assert not learner.state(BINPACK).surfaced


NOTHING = {"service": "failed", "binpack-memory": "failed", "running": "blocked"}


def test_curiosity_brings_nothing_forward(learner: CreditLearner) -> None:
    """A check of a lab that nobody began, as by `check --all`."""
    assert "surface" not in kinds(learner.checks(FAILED))


def test_an_attempt_in_which_nothing_was_done_brings_nothing_forward(learner: CreditLearner) -> None:
    """An objective that passed before the attempt is no work of it."""
    learner.starts(standing=["service"])
    assert learner.checks(NOTHING) == []
    assert "surface" not in kinds(learner.checks(FAILED))


def test_what_passed_earlier_in_the_attempt_was_work(learner: CreditLearner) -> None:
    learner.starts()
    learner.checks({"service": "passed", "binpack-memory": "blocked"})
    assert "surface" in kinds(learner.checks(NOTHING))


@pytest.mark.parametrize("end", ["done", "cleaned"])
def test_nothing_is_brought_forward_after_the_end(learner: CreditLearner, end: str) -> None:
    """The resources are gone by the learner's own hand."""
    learner.starts()
    if end == "done":
        learner.checks(PASSED)
    else:
        learner.does("clean", lab=LAB)
    assert "surface" not in kinds(learner.checks(FAILED))
    learner.starts()
    assert "surface" in kinds(learner.checks(FAILED))


def test_the_cards_of_other_labs_are_left_alone(learner: CreditLearner) -> None:
    learner.links = [Practice(SPREAD, "ecs-placement-spread", ("binpack-memory",))]
    learner.starts()
    assert learner.checks(FAILED) == []
    assert learner.checks(PASSED) == []


def test_a_link_without_objectives_proves_nothing(learner: CreditLearner) -> None:
    learner.links = [Practice(BINPACK, LAB, ())]
    learner.starts()
    learner.checks(FAILED)
    assert learner.checks(PASSED) == []
