"""`--wait`: checks are repeated until an effect shows or the time is over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from labs.sdk import Account, Names, Objective, Outcome
from labs.verdict import Verdict
from labs.verify.runner import verify_until
from tests.aws import SessionFactory
from tests.builders import FAILED, PASSED, job, says

BROKEN = KeyError("clusters")


@dataclass
class Time:
    """A clock that moves only while somebody waits."""

    now: float = 0.0
    waited: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.now += seconds


def after(times: int, before: Outcome = FAILED, then: Outcome = PASSED) -> Callable[..., Outcome]:
    """A check whose outcome changes after so many runs."""
    looks: list[int] = []

    def check(account: Account, names: Names) -> Outcome:
        looks.append(1)
        return then if len(looks) > times else before

    return check


def waited(
    sessions: SessionFactory, seconds: float, *objectives: Objective
) -> tuple[Verdict, Time, list[Verdict]]:
    time, verdicts = Time(), list[Verdict]()
    verdict, _ = verify_until(
        [job(*objectives)], sessions.open(), seconds, on_wait=verdicts.append, clock=time, pause=time.wait
    )
    return verdict, time, verdicts


def test_wait_looks_again_until_an_effect_has_come_about(sessions: SessionFactory) -> None:
    """Each run is told of, waits grow, and the last verdict counts, with all calls."""
    verdict, time, verdicts = waited(sessions, 60, Objective("effect", after(3), effect=True))
    assert verdict.exit_code == 0
    assert time.waited == [2.0, 3.0, 4.5]
    assert len(verdicts) == 3
    assert verdict.calls == 4


def test_wait_goes_on_after_an_outage(sessions: SessionFactory) -> None:
    """Only what failed before is waited for: an objective that nobody may look at does not delay the verdict."""
    outcomes = iter([says(FAILED), says(BROKEN), says(PASSED)])
    verdict, time, _ = waited(
        sessions,
        60,
        Objective("effect", lambda account, names: next(outcomes)(account, names), effect=True),
        Objective("unseen", says(BROKEN)),
    )
    assert verdict.exit_code == 3
    assert time.waited == [2.0, 3.0]


@pytest.mark.parametrize(("seconds", "waits"), [(0, []), (1, [1]), (7, [2, 3, 2]), (5, [2, 3])])
def test_wait_ends_with_a_run_when_time_is_over(
    seconds: float, waits: list[float], sessions: SessionFactory
) -> None:
    """It never waits longer than it was told to, and looks once more at the end."""
    verdict, time, _ = waited(sessions, seconds, Objective("effect", after(99), effect=True))
    assert time.waited == waits
    assert verdict.exit_code == 1
    assert verdict.calls == len(waits) + 1


@pytest.mark.parametrize(
    "objectives",
    [
        (Objective("settled", says(FAILED)), Objective("effect", says(FAILED), effect=True)),
        (Objective("unseen", says(BROKEN)),),
        (Objective("done", says(PASSED), effect=True),),
    ],
    ids=["what the learner configures is wrong", "could not look", "passed"],
)
def test_wait_does_not_wait_for_what_time_does_not_mend(
    objectives: tuple[Objective, ...], sessions: SessionFactory
) -> None:
    """Only where effects, and nothing but effects, are missing."""
    _, time, verdicts = waited(sessions, 60, *objectives)
    assert (time.waited, verdicts) == ([], [])
