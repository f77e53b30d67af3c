"""Objectives become verdicts: needs, faults of checks, exit codes."""

from __future__ import annotations

from typing import Any

import pytest

from labs.aws.read_only_guard import read_only_guard
from labs.aws.session import ConnectionOptions
from labs.content.pack import Catalog, open_catalog
from labs.errors import BadParameter, ContentError, UsageError, WrongAccount
from labs.sdk import Account, CannotTell, Failed, Names, Objective, Outcome, Pack, Passed, iam
from labs.verdict import State, Verdict
from labs.verify.job import Job, check_parameters
from labs.verify.runner import verify
from tests.aws import HTTP, SessionFactory, aws_sessions, injected, intercepted_http, one
from tests.builders import ACCOUNT, FAILED, PASSED, job, lab, says
from tests.faults import FAULTS

BY_ID = {fault.id: fault for fault in FAULTS}
BROKEN = KeyError("clusters")


def states(verdict: Verdict) -> dict[str, str]:
    return {each.id: each.state.value for lab in verdict.labs for each in lab.findings}


@pytest.mark.parametrize(
    ("outcome", "state", "exit_code"),
    [
        (PASSED, "passed", 0),
        (FAILED, "failed", 1),
        (BROKEN, "inconclusive", 3),
        (CannotTell("two of that name"), "inconclusive", 3),
    ],
    ids=["passed", "failed", "KeyError", "CannotTell"],
)
def test_what_needs_an_objective_that_did_not_pass_is_not_judged(
    outcome: Outcome | Exception, state: str, exit_code: int, sessions: SessionFactory
) -> None:
    """Blocked is everything behind it, through any number of steps, and nothing beside it."""
    verdict = verify(
        [
            job(
                Objective("first", says(outcome)),
                Objective("second", says(PASSED), needs=("first",)),
                Objective("third", says(PASSED), needs=("second",)),
                Objective("beside", says(PASSED)),
            )
        ],
        sessions.open(),
    )
    behind = "passed" if state == "passed" else "blocked"
    assert states(verdict) == {"first": state, "second": behind, "third": behind, "beside": "passed"}
    assert verdict.exit_code == exit_code
    if behind == "blocked":
        assert verdict.labs[0].findings[1].message == "blocked by first"
        assert verdict.labs[0].findings[2].message == "blocked by second"


@pytest.mark.parametrize(
    ("outcomes", "exit_code"),
    [
        ((PASSED, PASSED), 0),
        ((PASSED, FAILED), 1),
        ((PASSED, BROKEN), 3),
        ((FAILED, BROKEN), 1),
        ((BROKEN, BROKEN), 3),
    ],
    ids=["all passed", "one failed", "one inconclusive", "failed beats inconclusive", "all inconclusive"],
)
@pytest.mark.parametrize("apart", [False, True], ids=["one lab", "two labs"])
def test_the_exit_code_tells_the_worst(
    outcomes: tuple[Outcome | Exception, ...], exit_code: int, apart: bool, sessions: SessionFactory
) -> None:
    """1 if anything failed, else 3 if anything could not be looked at, else 0; over all labs."""
    objectives = [Objective(name, says(each)) for name, each in zip("ab", outcomes, strict=True)]
    jobs = [job(each, name=each.id) for each in objectives] if apart else [job(*objectives)]
    assert verify(jobs, sessions.open()).exit_code == exit_code


def test_nothing_judged_is_no_success(sessions: SessionFactory) -> None:
    """A run without objectives does not end with 0."""
    assert verify([], sessions.open()).exit_code == 3


@pytest.mark.parametrize(
    ("raised", "reason"),
    [
        (KeyError("clusters"), "The check failed with an internal error: KeyError: 'clusters'"),
        (CannotTell("two services of that name"), "two services of that name"),
        (
            iam.Undecidable("it depends on aws:SourceIp"),
            "cannot evaluate the policy: it depends on aws:SourceIp",
        ),
        (IndexError("list index out of range"), "The check failed with an internal error: IndexError"),
        (AssertionError(), "The check failed with an internal error: AssertionError"),
        (RecursionError("too deep"), "The check failed with an internal error: RecursionError"),
        (TimeoutError(), "did not answer in time"),
        (SystemExit(0), "The check failed with an internal error: SystemExit"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else None,
)
def test_whatever_a_check_raises_is_not_the_learner_s_failure(
    raised: BaseException, reason: str, sessions: SessionFactory
) -> None:
    """It is inconclusive, and the reason is named."""
    found = one(sessions, says(raised))
    assert found.state is State.INCONCLUSIVE
    assert reason in found.message


@pytest.mark.parametrize("outcome", [None, True, "passed", Passed], ids=repr)
def test_a_check_that_returns_no_outcome_is_not_believed(outcome: Any, sessions: SessionFactory) -> None:
    """Truth is no verdict: only Passed and Failed are."""
    found = one(sessions, says(outcome))
    assert found.state is State.INCONCLUSIVE
    assert "Passed or Failed was due" in found.message


def test_only_the_wanted_objective_and_what_it_needs_are_judged(sessions: SessionFactory) -> None:
    """`--objective` takes along what it needs, through any number of steps, in the order of the lab."""
    asked: list[str] = []

    def notes(name: str) -> Objective:
        def check(account: Account, names: Names) -> Outcome:
            asked.append(name)
            return PASSED

        needs = {"b": ("a",), "c": ("b",), "d": ("a",)}
        return Objective(name, check, needs.get(name, ()))

    verdict = verify([job(*map(notes, "abcde"), only=("c",))], sessions.open())
    assert list(states(verdict)) == asked == ["a", "b", "c"]
    assert verdict.exit_code == 0


def test_an_objective_that_is_not_there_is_a_usage_error() -> None:
    """The message names those that there are."""
    with pytest.raises(UsageError, match="no objective 'x'; it has a, b"):
        job(Objective("a", says(PASSED)), Objective("b", says(PASSED)), only=("x",)).objectives()


@pytest.mark.parametrize(
    ("needs", "fault"),
    [
        ({"a": ("b",), "b": ("a",)}, "in a circle"),
        ({"a": ("a",)}, "in a circle"),
        ({"a": ("c",)}, "needs 'c', which is not there"),
    ],
    ids=["two need each other", "one needs itself", "nobody of that name"],
)
def test_needs_that_lead_nowhere_are_refused_before_anything_is_asked(
    needs: dict[str, tuple[str, ...]], fault: str, tmp_path: Any
) -> None:
    """A pack's author hears of a circle, or of a need that is not there."""
    objectives = ", ".join(f"Objective({name!r}, print, needs={needs.get(name, ())!r})" for name in "ab")
    (tmp_path / "checks").mkdir()
    source = f"from labs.sdk import Objective\nREADS = LEFTOVERS = ()\nOBJECTIVES = ({objectives},)\n"
    (tmp_path / "checks" / "made_up.py").write_text(source)
    pack = Pack.at(tmp_path)
    with pytest.raises(ContentError, match=fault):
        Catalog((pack,), {"made-up": pack}).verifier(lab("a", "b"))


@pytest.mark.parametrize(
    ("given", "message"),
    [({"clutser": "c"}, "no parameter 'clutser'; it has cluster"), ({"cluster": " "}, "needs a value")],
)
def test_parameters_that_cannot_be_are_refused(given: dict[str, str], message: str) -> None:
    """A name that the lab does not know, and a value that is empty."""
    with pytest.raises(BadParameter, match=message):
        check_parameters(lab("a", parameters={"cluster": "c"}), given)


def test_account_and_region_are_filled_into_names(sessions: SessionFactory) -> None:
    """`{account}` waits for AWS's answer, `{region}` does not; what the learner gave is filled in as well."""

    def check(account: Account, names: Names) -> Outcome:
        return Passed(f"{names['bucket']} {names['other']}")

    made = job(
        Objective("one", check),
        parameters={"bucket": "b-{account}-{region}", "other": "x"},
        given={"other": "y-{account}"},
    )
    verdict = verify([made], sessions.open())
    assert verdict.labs[0].findings[0].found == f"b-{ACCOUNT}-eu-west-1 y-{ACCOUNT}"
    assert verdict.labs[0].parameters == {"bucket": f"b-{ACCOUNT}-eu-west-1", "other": f"y-{ACCOUNT}"}


@pytest.mark.parametrize("fault", ["access-denied", "read-timeout", "missing-key", "no-credentials"])
@pytest.mark.parametrize("why", ["a name", "--account"])
def test_an_account_that_nobody_can_tell_is_not_looked_into(fault: str, why: str, moto: None) -> None:
    """Where a name or `--account` needs the account, and AWS does not tell it, nothing else is asked."""
    account = ACCOUNT if why == "--account" else None
    names = {"bucket": "b-{account}"} if why == "a name" else {}
    made = job(
        Objective("one", lambda here, _: Passed(str(here.ecs.list_clusters()))),
        reads=("ecs:ListClusters",),
        parameters=names,
    )
    with (
        intercepted_http(),
        read_only_guard(),
        aws_sessions(ConnectionOptions(region="eu-west-1", account=account)) as sessions,
        injected(BY_ID[fault], only=lambda call: call.service == "sts"),
    ):
        verdict = verify([made], sessions.open(BY_ID[fault]))
    assert states(verdict) == {"one": "inconclusive"}
    assert "ecs:ListClusters" not in HTTP.names()


def test_another_account_than_demanded_is_refused_before_anything_is_asked(moto: None) -> None:
    """`--account` with another number: nothing was asked but whose account it is."""
    reading = job(Objective("one", says(PASSED)))
    with (
        intercepted_http(),
        read_only_guard(),
        aws_sessions(ConnectionOptions(region="eu-west-1", account="999999999999")) as sessions,
        pytest.raises(WrongAccount, match=f"{ACCOUNT}, not to 999999999999"),
    ):
        verify([reading], sessions.open())
    assert HTTP.names() == ["sts:GetCallerIdentity"]


def test_an_unknown_identity_does_not_spoil_a_lab_that_needs_none(sessions: SessionFactory) -> None:
    """Objectives are judged though STS cannot be reached; the target has no account."""
    made = job(
        Objective("one", lambda here, _: Passed(str(here.ecs.list_clusters()))), reads=("ecs:ListClusters",)
    )
    with injected(BY_ID["connection-refused"], only=lambda call: call.service == "sts"):
        verdict = verify([made], sessions.open())
    assert states(verdict) == {"one": "passed"}
    assert (verdict.target.account, verdict.target.arn, verdict.target.region) == (None, None, "eu-west-1")


@pytest.mark.slow
def test_an_empty_account_passes_nothing(embedded: None) -> None:
    """Of every lab there is, no objective passes where nothing was ever made."""
    catalog = open_catalog()
    with intercepted_http(), read_only_guard(), aws_sessions() as sessions:
        jobs = [Job(each, catalog.verifier(each)) for each in catalog.all()]
        verdict = verify(jobs, sessions.open())
    assert {lab.lab for lab in verdict.labs} == set(catalog.labs)
    odd = [
        each
        for lab in verdict.labs
        for each in lab.findings
        if each.state in {State.PASSED, State.INCONCLUSIVE}
    ]
    assert odd == []


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("capacityProviders", "malformed answer: it has no"),
        ("subnet-1", "The check failed with an internal error: KeyError:"),
    ],
)
def test_an_answer_is_malformed_only_for_keys_of_its_model(
    key: str, reason: str, sessions: SessionFactory
) -> None:
    """A key of the check's own dicts is the check's own fault."""

    def check(account: Account, names: Names) -> Outcome:
        account.ecs.describe_clusters()
        raise KeyError(key)

    found = one(sessions, check, "ecs:DescribeClusters")
    assert found.state is State.INCONCLUSIVE
    assert found.message.startswith(f"{reason} {key!r}")


def test_calls_count_what_left_the_process_with_every_try(sessions: SessionFactory) -> None:
    """Three tries of a throttled call are three requests; one answered from memory is none."""
    asks = lambda here, _: Passed(str(here.ecs.list_clusters()))  # noqa: E731 - one expression, twice used
    made = job(Objective("one", asks), Objective("two", asks), reads=("ecs:ListClusters",))
    with injected(BY_ID["throttled-once"]):
        verdict = verify([made], sessions.open())
    assert verdict.exit_code == 0
    assert verdict.calls == len(HTTP.calls) == 4


def test_names_that_may_have_been_meant_are_in_the_finding(sessions: SessionFactory) -> None:
    found = one(sessions, says(Failed("no cluster", "cluster c", "Where?", near=("d", "c in us-east-1"))))
    assert found.near == ("d", "c in us-east-1")
