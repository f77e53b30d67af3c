"""Other emulators: what does not pass there is no mistake of the learner's until it is known what they provide."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from labs.aws.read_only_guard import read_only_guard
from labs.aws.request_scope import CheckContext, check_context
from labs.aws.session import AwsSession, ConnectionOptions, open_session
from labs.sandbox import control
from labs.sandbox.fidelity import emulators
from labs.sandbox.fidelity import map as fidelity
from labs.sdk import Failed, Objective
from labs.verify.emulator_gaps import MAX_NAMED, emulator
from labs.verify.runner import verify
from tests.aws import injected, intercepted_http
from tests.builders import PASSED, Labs, job, says
from tests.faults import FAULTS
from tests.plain_moto import PLAIN_MOTO

READ = "ecs:ListTasks"
"""An operation in which a single probe shows, and no behaviour that plain moto has."""


def opened(endpoint: str | None, **more: Any) -> AwsSession:
    """A session that has asked whose account this is, and has a client for ECS."""
    with read_only_guard():
        session = open_session(ConnectionOptions(endpoint_url=endpoint, **more))
        session.client("ecs", session.region)
        session.identify()
    return session


FAILS = says(Failed("nothing", "something", "Look again.", near=("another",)))
OBJECTIVES = (
    Objective("fails", FAILS),
    Objective("effect", FAILS, effect=True),
    Objective("passes", says(PASSED)),
    Objective("breaks", says(KeyError("tasks"))),
    Objective("needs", says(PASSED), needs=("fails",)),
)


def states(session: AwsSession, reads: tuple[str, ...] = (READ,)) -> tuple[dict[str, str], str]:
    """The states of a lab with an objective of each kind, and the message of the one that fails."""
    with read_only_guard():
        verdict = verify([job(*OBJECTIVES, reads=reads)], session)
    findings = {each.id: each for each in verdict.labs[0].findings}
    return {name: each.state.value for name, each in findings.items()}, findings["fails"].message


JUDGED = {
    "fails": "failed",
    "effect": "failed",
    "passes": "passed",
    "breaks": "inconclusive",
    "needs": "blocked",
}
NOT_JUDGED = {**JUDGED, "fails": "inconclusive", "effect": "inconclusive"}


@pytest.mark.parametrize(
    "endpoint",
    [None, "https://ecs-fips.us-east-1.amazonaws.com", "https://vpce-1-2.ecs.eu-west-1.vpce.amazonaws.com"],
    ids=["own", "fips", "vpc-endpoint"],
)
def test_aws_is_no_emulator(moto: None, endpoint: str | None) -> None:
    """By whichever of its addresses: what failed has failed."""
    session = opened(endpoint)
    assert states(session) == (JUDGED, "Look again.")
    assert emulator(session) is None


@pytest.mark.slow
def test_the_sandbox_is_no_emulator(keys: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether it is asked for by --sandbox or found by the environment."""
    monkeypatch.setenv("AWS_PROFILE", "not-there")  # --sandbox is used whatever the environment says
    with control.throw_away() as sandbox:
        assert states(opened(None, environment=control.environment(sandbox))) == (JUDGED, "Look again.")
        monkeypatch.delenv("AWS_PROFILE")
        for session in (opened(None, environment=control.environment(sandbox)), opened(sandbox.url)):
            assert states(session) == (JUDGED, "Look again.")
        monkeypatch.setenv("AWS_ENDPOINT_URL", sandbox.url)
        assert states(opened(None)) == (JUDGED, "Look again.")


@pytest.mark.slow
def test_the_sandbox_is_known_by_any_of_its_answers(keys: None) -> None:
    """Also where nobody says whose account this is: what failed there has failed."""
    denied = next(fault for fault in FAULTS if fault.id == "access-denied")
    with control.throw_away() as sandbox, intercepted_http(), read_only_guard():
        session = open_session(ConnectionOptions(endpoint_url=sandbox.url))
        with injected(denied, lambda call: call.service == "sts"):
            session.identify()
        assert session.target().kind == "aws"
        with check_context(CheckContext(session.scope, frozenset({"ecs:ListClusters"}))):
            session.client("ecs", session.region).list_clusters()
    assert session.fault() is not None
    assert session.target().kind == "sandbox"
    assert states(session) == (JUDGED, "Look again.")


@pytest.fixture(scope="module")
def stranger() -> Iterator[str]:
    """The address of a plain moto."""
    with fidelity.plain_moto() as url:
        yield url


def test_nothing_fails_at_an_emulator_that_nobody_has_probed(
    keys: None, stranger: str, tmp_path: Path
) -> None:
    """Whatever the lab reads; what passes there passes, and what is blocked stays so."""
    expected = "nobody has found out yet whether this emulator provides what this lab reads"
    for reads in ((READ,), ("ecs:DescribeClusters",), ()):
        assert states(opened(stranger, maps=tmp_path), reads) == (NOT_JUDGED, expected)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("lacks", "found"),
    [
        ([], JUDGED),
        (["iam.trust"], JUDGED),
        (["ecs.service.tasks"], NOT_JUDGED),
        (["iam.trust", "ecs.service.tasks"], NOT_JUDGED),
    ],
    ids=["nothing", "another-service", "what-is-read", "both"],
)
def test_a_probed_emulator_judges_what_it_provides(
    keys: None, stranger: str, tmp_path: Path, lacks: list[str], found: dict[str, str]
) -> None:
    """By the operations that the lab reads: a gap that shows in one of them may be why it does not pass."""
    emulators.keep(tmp_path, stranger, lacks)
    states_found, message = states(opened(stranger, maps=tmp_path))
    assert states_found == found
    assert ("(ecs.service.tasks)" in message) is (found == NOT_JUDGED)


def test_a_message_names_few_of_many_gaps(keys: None, stranger: str, tmp_path: Path) -> None:
    emulators.keep(tmp_path, stranger, PLAIN_MOTO)
    _, message = states(opened(stranger, maps=tmp_path), ("ecs:DescribeServices",))
    assert message.startswith("this emulator lacks what this lab needs: ")
    assert message.count("(ecs.") == MAX_NAMED
    assert message.endswith(" more")


def test_the_endpoint_of_one_service_counts_too(
    keys: None, stranger: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rest may be AWS."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_ECS", stranger)
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", stranger)
    assert emulator(opened(None)) == stranger


def test_what_is_left_there_is_seen(labs: Labs, keys: None, stranger: str) -> None:
    """Nothing that an emulator lacks could make things appear: it has not been put away."""
    import boto3

    boto3.client("ecs", endpoint_url=stranger, region_name="eu-west-1").create_cluster(clusterName="labs-fix")
    code, out, _ = labs(
        "check", "ecs-instance-registration", "--cleaned", "--endpoint-url", stranger, "--format", "json"
    )
    [objective] = json.loads(out)["labs"][0]["objectives"]
    assert (code, objective["state"]) == (1, "failed")
    assert "cluster labs-fix" in objective["found"]


@pytest.mark.slow
def test_from_the_first_check_to_the_map(
    labs: Labs, keys: None, stranger: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A check says on standard error how to probe; then it judges by what was found, and so does its record."""
    lab = (
        "ecs-instance-registration",
        "--objective",
        "registered",
        "--endpoint-url",
        stranger,
        "--format",
        "json",
    )
    record = tmp_path / "record.json"
    code, out, err = labs("check", *lab, "--record", record)
    [objective] = json.loads(out)["labs"][0]["objectives"]
    assert (code, objective["state"]) == (3, "inconclusive")
    assert "nobody has found out" in objective["message"]
    assert f"labs sandbox status --fidelity --endpoint-url {stranger}" in err
    assert "does not replay" not in err

    names = ("ecs.service.desiredCount", "ecs.agent.registers")
    probes = tuple(each for each in fidelity.PROBES if each.name in names)
    monkeypatch.setattr(fidelity, "all_probes", lambda: probes)
    code, out, _ = labs("sandbox", "status", "--fidelity", "--endpoint-url", stranger)
    assert (code, "Saved. Objectives" in out) == (0, True)

    code, out, err = labs("check", *lab, "--record", record)
    [objective] = json.loads(out)["labs"][0]["objectives"]
    assert (code, objective["state"], err) == (3, "inconclusive", "")
    assert "(ecs.agent.registers)" in objective["message"]
    code, out, _ = labs("explain", record)
    assert code == 3
    assert "(ecs.agent.registers)" in " ".join(out.split())
