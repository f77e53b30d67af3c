"""Only listed reads leave the process, and each question leaves once."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest

from labs.aws.read_only_guard import read_only_guard
from labs.aws.session import ConnectionOptions, open_session
from labs.content.pack import Catalog
from labs.content.verifier import Verifier
from labs.errors import ReadRefused
from labs.sdk import Account, Failed, Leftover, Leftovers, Names, Objective, Outcome, Pack, Passed
from labs.verdict import Finding, State
from labs.verify.job import Job
from labs.verify.leftovers import leftovers
from labs.verify.runner import verify
from tests.aws import HTTP, Fault, SessionFactory, aws_sessions, injected, instant_retries, intercepted_http
from tests.builders import ACCOUNT, Builder, job, lab
from tests.faults import DENIALS, FAULTS

BY_ID = {fault.id: fault for fault in FAULTS}
Ask = Callable[[Account], Any]


def asks(ask: Ask) -> Callable[[Account, Names], Outcome]:
    """A check that asks and is content with any answer."""

    def check(account: Account, names: Names) -> Outcome:
        return Passed(str(ask(account)))

    return check


def judged(sessions: SessionFactory, ask: Ask, *reads: str) -> Finding:
    """The finding of one check that asks so."""
    found = verify([job(Objective("one", asks(ask)), reads=reads)], sessions.open())
    return found.labs[0].findings[0]


def swallowing(ask: Ask) -> Ask:
    def ask_and_swallow(account: Account) -> str:
        try:
            ask(account)
        except Exception:  # noqa: BLE001 - what an author should not write
            return "swallowed"
        return "answered"

    return ask_and_swallow


def _own_session(account: Account) -> Any:
    import boto3

    return boto3.Session(region_name="eu-west-1").client("ecs").create_cluster(clusterName="mine")


def _default_session(account: Account) -> Any:
    import boto3

    return boto3.client("ecs").create_cluster(clusterName="mine")


def _resource(account: Account) -> Any:
    import boto3

    return boto3.resource("ec2").create_vpc(CidrBlock="10.0.0.0/16")


def _bare_botocore(account: Account) -> Any:
    from botocore.session import get_session

    client: Any = get_session().create_client("ecs")
    return client.delete_cluster(cluster="c")


FORBIDDEN: dict[str, tuple[str, Ask]] = {
    "a client of the account": (
        "ecs:CreateCluster",
        lambda account: account.ecs.create_cluster(clusterName="mine"),
    ),
    "a client in another region": (
        "ecs:DeleteCluster",
        lambda account: account.clients("ecs", "us-east-1").delete_cluster(cluster="c"),
    ),
    "a session of one's own": ("ecs:CreateCluster", _own_session),
    "boto3's default session": ("ecs:CreateCluster", _default_session),
    "a resource": ("ec2:CreateVpc", _resource),
    "botocore without boto3": ("ecs:DeleteCluster", _bare_botocore),
    "a role": (
        "sts:AssumeRole",
        lambda account: account.client("sts").assume_role(
            RoleArn=f"arn:aws:iam::{ACCOUNT}:role/admin", RoleSessionName="me"
        ),
    ),
    "a secret that reads like a read": (
        "secretsmanager:GetSecretValue",
        lambda account: account.client("secretsmanager").get_secret_value(SecretId="s"),
    ),
    "an object": (
        "s3:GetObject",
        lambda account: account.client("s3").get_object(Bucket="b12345", Key="k"),
    ),
    "a read that is not listed": ("ecs:ListServices", lambda account: account.ecs.list_services(cluster="c")),
}


@pytest.mark.slow
@pytest.mark.parametrize("swallow", [False, True], ids=["raised", "swallowed"])
@pytest.mark.parametrize("name", FORBIDDEN)
def test_what_is_not_listed_never_leaves(
    name: str, swallow: bool, sessions: SessionFactory, keys: None
) -> None:
    """The call does not leave; the objective is inconclusive and names it, though the check swallows the refusal."""
    operation, ask = FORBIDDEN[name]
    finding = judged(sessions, swallowing(ask) if swallow else ask, "ecs:DescribeClusters")
    assert finding.state is State.INCONCLUSIVE
    assert operation in finding.message
    assert HTTP.names() == ["sts:GetCallerIdentity"]


def test_a_default_session_from_before_the_wall_is_behind_it_too(moto: None) -> None:
    """`boto3.client` in a check makes a session behind the guard, whatever was made before."""
    import boto3

    boto3.client("ecs")
    with intercepted_http(), read_only_guard(), aws_sessions() as sessions:
        assert judged(sessions, _default_session).state is State.INCONCLUSIVE
    assert boto3.client("ecs").create_cluster(clusterName="free")["cluster"]["clusterName"] == "free"


def test_the_wall_stands_until_the_last_who_asked_for_it_has_gone(moto: None) -> None:
    """Two threads look at overlapping times: who stays longer is still behind it, and it stands once only."""
    from botocore.handlers import BUILTIN_HANDLERS

    before = list(BUILTIN_HANDLERS)
    first, second = read_only_guard(), read_only_guard()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    with intercepted_http(), aws_sessions() as sessions:
        assert len(BUILTIN_HANDLERS) == len(before) + 6
        assert judged(sessions, _own_session).state is State.INCONCLUSIVE
    second.__exit__(None, None, None)
    assert before == BUILTIN_HANDLERS


def test_a_session_from_before_the_wall_is_behind_it_too(moto: None) -> None:
    """It keeps its guard: without the context of a check, its clients ask nothing."""
    session = open_session(ConnectionOptions(region="eu-west-1"))
    with pytest.raises(ReadRefused, match="no check is known to ask for it"):
        session.client("ecs", "eu-west-1").list_clusters()


def test_a_thread_without_a_context_is_refused_and_named(sessions: SessionFactory) -> None:
    """A call from a thread that a check started without its context makes the objective inconclusive."""

    def ask(account: Account) -> None:
        thread = Thread(target=swallowing(lambda here: here.ecs.list_clusters()), args=(account,))
        thread.start()
        thread.join()

    finding = judged(sessions, ask, "ecs:ListClusters")
    assert finding.state is State.INCONCLUSIVE
    assert "ecs:ListClusters" in finding.message
    assert "thread" in finding.message


def test_a_client_at_the_top_of_a_check_s_module_is_behind_the_wall(tmp_path: Path, moto: None) -> None:
    """A pack's module is imported behind the guard, and so is the client that it makes while it is imported."""
    source = """
        import boto3
        from labs.sdk import Objective, Passed
        ECS = boto3.client("ecs")
        def check(account, names):
            return Passed(str(ECS.delete_cluster(cluster="c")))
        READS, LEFTOVERS, OBJECTIVES = ("ecs:DescribeClusters",), (), (Objective("one", check),)
    """
    checks = tmp_path / "pack" / "checks"
    checks.mkdir(parents=True)
    (checks / "made_up.py").write_text(textwrap.dedent(source))
    made = lab("one")
    pack = Pack.at(tmp_path / "pack")
    catalog = Catalog((pack,), {"made-up": pack})
    Builder().cluster("c")
    with intercepted_http(), read_only_guard(), aws_sessions() as sessions:
        verdict = verify([Job(made, catalog.verifier(made))], sessions.open())
    assert verdict.labs[0].findings[0].state is State.INCONCLUSIVE
    assert "ecs:DeleteCluster" in verdict.labs[0].findings[0].message
    assert "ecs:DeleteCluster" not in HTTP.names()


def test_leftovers_are_behind_the_wall(sessions: SessionFactory) -> None:
    """A finder of leftovers cannot remove them, nor report none after it was refused."""
    from labs.errors import CouldNotLook

    def find(account: Account, names: Names, seen: Sequence[str]) -> list[Leftover]:
        swallowing(lambda here: here.ecs.delete_cluster(cluster="c"))(account)
        return []

    with pytest.raises(CouldNotLook, match="ecs:DeleteCluster"):
        leftovers(
            lab("one"), Verifier(("ecs:DescribeClusters",), (), (Leftovers(find),)), {}, sessions.open()
        )
    assert "ecs:DeleteCluster" not in HTTP.names()


def test_one_question_leaves_once(sessions: SessionFactory) -> None:
    """Three labs with four objectives each, all at the same time: one request."""
    together = Barrier(12, timeout=20)

    def ask(account: Account) -> list[str]:
        together.wait()
        return account.ecs.list_clusters()["clusterArns"]

    jobs = [
        job(*(Objective(each, asks(ask)) for each in "abcd"), reads=("ecs:ListClusters",), name=name)
        for name in ("one", "two", "three")
    ]
    verdict = verify(jobs, sessions.open())
    assert verdict.exit_code == 0
    assert HTTP.names().count("ecs:ListClusters") == 1
    assert verdict.calls == len(HTTP.calls) == 2


def test_a_cached_answer_is_refused_to_a_lab_that_does_not_list_it(
    sessions: SessionFactory,
) -> None:
    """A remembered answer goes only to those who might ask for it themselves."""

    def ask(account: Account) -> list[str]:
        return account.ecs.list_clusters()["clusterArns"]

    session = sessions.open()
    verify([job(Objective("one", asks(ask)), reads=("ecs:ListClusters",))], session)
    other = verify([job(Objective("one", asks(ask)), reads=("ecs:DescribeClusters",))], session)
    finding = other.labs[0].findings[0]
    assert finding.state is State.INCONCLUSIVE
    assert "ecs:ListClusters" in finding.message
    assert finding.evidence == ()


def test_an_answer_given_again_is_evidence_again(sessions: SessionFactory) -> None:
    """Whoever asks what was asked before rests on the same answer, pages included."""

    def ask(account: Account) -> list[str]:
        pages = account.ecs.get_paginator("list_clusters").paginate()
        return [arn for page in pages for arn in page["clusterArns"]]

    objectives = (Objective(each, asks(ask), needs) for each, needs in (("a", ()), ("b", ("a",))))
    first, again = verify([job(*objectives, reads=("ecs:ListClusters",))], sessions.open()).labs[0].findings
    assert first.evidence == again.evidence != ()
    assert HTTP.names().count("ecs:ListClusters") == 1


def test_another_look_asks_again(sessions: SessionFactory) -> None:
    """Nothing that one run was answered is remembered in the next."""
    for _ in range(2):
        judged(sessions, lambda account: account.ecs.list_clusters(), "ecs:ListClusters")
    assert HTTP.names().count("ecs:ListClusters") == 2


@pytest.mark.slow
def test_parameters_regions_pages_and_credentials_make_other_questions(sessions: SessionFactory) -> None:
    """Questions that differ in anything that AWS looks at are asked separately."""

    def ask(account: Account) -> None:
        from botocore.session import get_session

        account.ecs.describe_clusters(clusters=["c"])
        account.ecs.describe_clusters(clusters=["d"])
        account.ecs.describe_clusters(clusters=["c"], include=["TAGS"])
        account.clients("ecs", "us-east-1").describe_clusters(clusters=["c"])
        stranger = get_session()
        stranger.set_credentials("other", "other")
        client: Any = stranger.create_client("ecs", region_name="eu-west-1")
        client.describe_clusters(clusters=["c"])

    assert judged(sessions, ask, "ecs:DescribeClusters").state is State.PASSED
    assert HTTP.names().count("ecs:DescribeClusters") == 5


@pytest.mark.parametrize(("fault", "requests"), [("access-denied", 1), ("throttled", 3), ("read-timeout", 3)])
def test_a_fault_is_an_answer_for_all_who_asked(fault: str, requests: int, sessions: SessionFactory) -> None:
    """A refused question is not asked again by other checks: the tries are those of one question."""
    objectives = [Objective(each, asks(lambda here: here.ecs.list_clusters())) for each in "abc"]
    with injected(BY_ID[fault], only=lambda call: call.service == "ecs"):
        verdict = verify([job(*objectives, reads=("ecs:ListClusters",))], sessions.open())
    assert [each.state for each in verdict.labs[0].findings] == [State.INCONCLUSIVE] * 3
    assert len({each.message for each in verdict.labs[0].findings}) == 1
    assert HTTP.names().count("ecs:ListClusters") == requests
    assert verdict.calls == len(HTTP.calls)


def test_no_check_can_spoil_the_answer_of_another(sessions: SessionFactory) -> None:
    """Each asker gets an answer of its own: what one does to it, no other sees, whichever came first."""

    def spoil(account: Account) -> str:
        answer = account.ecs.describe_clusters(clusters=["c"])
        state = answer["clusters"][0]["status"]
        answer["clusters"][0]["status"] = "SPOILT"
        answer["clusters"].clear()
        return state

    found = verify(
        [job(*(Objective(each, asks(spoil)) for each in "abcdef"), reads=("ecs:DescribeClusters",))],
        sessions.open(),
    )
    assert {each.found for each in found.labs[0].findings} == {"ACTIVE"}
    assert HTTP.names().count("ecs:DescribeClusters") == 1


@pytest.fixture
def role_profile(moto: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A profile `learner` that assumes a role with the keys of another."""
    config = tmp_path / "config"
    config.write_text(
        "[profile keys]\naws_access_key_id = testing\naws_secret_access_key = testing\n"
        "[profile learner]\nregion = eu-west-1\nsource_profile = keys\n"
        f"role_arn = arn:aws:iam::{ACCOUNT}:role/learner\nrole_session_name = me\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))


def test_a_profile_s_role_is_assumed_but_no_check_may_assume_one(role_profile: None) -> None:
    """Fetching credentials is botocore's affair and goes through; the same call of a check is refused."""
    assume = FORBIDDEN["a role"][1]
    reading = job(
        Objective("reads", asks(lambda account: account.ecs.list_clusters())),
        Objective("assumes", asks(assume)),
        reads=("ecs:ListClusters",),
    )
    HTTP.calls.clear()
    with intercepted_http(), read_only_guard():
        verdict = verify([reading], open_session(ConnectionOptions(profile="learner")))
    reads, assumes = verdict.labs[0].findings
    assert reads.state is State.PASSED
    assert assumes.state is State.INCONCLUSIVE
    assert str(verdict.target.arn).endswith("assumed-role/learner/me")
    assert HTTP.names().count("sts:AssumeRole") == 1
    assert verdict.calls == len(HTTP.calls) == 3


@pytest.mark.parametrize(
    "fault", [each for each in FAULTS if each.strike and each.everywhere], ids=lambda fault: fault.id
)
def test_a_role_that_cannot_be_assumed_is_the_reason(fault: Fault, role_profile: None) -> None:
    """Where the credentials of a profile cannot be fetched, each objective is inconclusive and says why."""
    reading = job(
        Objective("reads", asks(lambda here: here.ecs.list_clusters())), reads=("ecs:ListClusters",)
    )
    with (
        intercepted_http(),
        read_only_guard(),
        instant_retries(),
        injected(fault, only=lambda call: call.operation == "AssumeRole"),
    ):
        verdict = verify([reading], open_session(ConnectionOptions(profile="learner")))
    finding = verdict.labs[0].findings[0]
    assert finding.state is (State.PASSED if fault.passes_over else State.INCONCLUSIVE), finding.message
    assert "check itself broke" not in finding.message
    if fault.id in DENIALS:
        assert finding.action == "sts:AssumeRole"


def test_a_failed_check_says_so_with_its_evidence(sessions: SessionFactory) -> None:
    """The evidence of an objective is what it was answered, under the path that it named."""

    def check(account: Account, names: Names) -> Outcome:
        answer = account.ecs.describe_clusters(clusters=["c"])
        return Failed(answer["clusters"][0]["status"], "INACTIVE", "Why?", evidence="clusters[0].status")

    verdict = verify([job(Objective("one", check), reads=("ecs:DescribeClusters",))], sessions.open())
    (seen,) = verdict.labs[0].findings[0].evidence
    assert (seen.service, seen.operation, seen.path, seen.value) == (
        "ecs",
        "DescribeClusters",
        "clusters[0].status",
        "ACTIVE",
    )
