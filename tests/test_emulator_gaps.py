"""Other emulators: what a check looks at is noted, and what they lack is no mistake of the learner's."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from labs.aws.read_only_guard import read_only_guard
from labs.aws.request_scope import CheckContext, check_context
from labs.aws.session import AwsSession, ConnectionOptions, open_session
from labs.sandbox import control
from labs.sandbox.fidelity import emulators
from labs.sandbox.fidelity import map as fidelity
from labs.sdk import Account
from labs.verify.emulator_gaps import emulator, lacking
from labs.verify.key_tracking import noting
from tests.aws import FAULTS, injected, on_the_wire
from tests.builders import Labs

READ = "ecs:DescribeClusters"


def looked_at(look: Callable[[Any], object]) -> set[str]:
    """What is noted of a look at the cluster `web`, beside the operation and `clusters`."""
    import boto3

    seen: set[str] = set()
    ecs = noting(lambda service, region: boto3.client(service, region_name=region), seen)("ecs", "eu-west-1")  # type: ignore[call-overload] # any service
    ecs.create_cluster(clusterName="web")
    seen.clear()
    look(ecs.describe_clusters(clusters=["web"])["clusters"][0])
    assert {READ, f"{READ} clusters"} <= seen
    return {name.removeprefix(f"{READ} ") for name in seen} - {READ, "clusters"}


@pytest.mark.parametrize(
    ("look", "noted"),
    [
        (lambda cluster: None, set()),
        (lambda cluster: cluster["status"], {"status"}),
        (lambda cluster: cluster.get("statistics"), {"statistics"}),
        (lambda cluster: "tags" in cluster, {"tags"}),
        (lambda cluster: cluster["settings"][0]["name"], {"settings", "name"}),
        (lambda cluster: [each.get("value") for each in cluster["settings"]], {"settings", "value"}),
    ],
    ids=["nothing", "key", "not-there", "membership", "nested", "each"],
)
def test_what_is_looked_up_is_noted(moto: None, look: Callable[[Any], object], noted: set[str]) -> None:
    """Whether it is there or not, at any depth, and nothing else."""
    assert looked_at(look) == noted


@pytest.mark.parametrize(
    "look",
    [
        list,
        dict,
        lambda cluster: {**cluster},
        lambda cluster: cluster.items(),
        lambda cluster: cluster.values(),
        lambda cluster: cluster.keys(),
        lambda cluster: cluster == {},
        lambda cluster: json.dumps({**cluster}),
    ],
    ids=["list", "dict", "unpacked", "items", "values", "keys", "compared", "written"],
)
def test_whoever_goes_through_all_has_looked_at_each(moto: None, look: Callable[[Any], object]) -> None:
    assert {"clusterName", "status", "runningTasksCount"} <= looked_at(look)


def test_a_match_statement_is_a_look_too(moto: None) -> None:
    def look(cluster: Any) -> bool:
        match cluster:
            case {"status": "ACTIVE"}:
                return True
            case _:
                return False

    assert looked_at(look) == {"status"}


@pytest.mark.parametrize(
    "read",
    [
        lambda pages: [arn for page in pages for arn in page["clusterArns"]],
        lambda pages: list(pages.search("clusterArns[]")),
        lambda pages: pages.build_full_result()["clusterArns"],
    ],
    ids=["pages", "search", "whole"],
)
def test_pages_are_noted(moto: None, read: Callable[[Any], list[str]]) -> None:
    import boto3

    seen: set[str] = set()
    ecs = noting(lambda service, region: boto3.client(service, region_name=region), seen)("ecs", "eu-west-1")  # type: ignore[call-overload] # any service
    ecs.create_cluster(clusterName="web")
    seen.clear()
    assert len(read(ecs.get_paginator("list_clusters").paginate())) == 1
    assert {"ecs:ListClusters", "ecs:ListClusters clusterArns"} <= seen


def test_what_is_no_answer_is_the_client_s_own(moto: None) -> None:
    """Its exceptions can be caught, and a call that fails was asked all the same."""
    import boto3

    seen: set[str] = set()
    ecs = noting(lambda service, region: boto3.client(service, region_name=region), seen)("ecs", "eu-west-1")  # type: ignore[call-overload] # any service
    assert ecs.meta.region_name == "eu-west-1"
    with pytest.raises(ecs.exceptions.ClusterNotFoundException):
        ecs.describe_services(cluster="none", services=["none"])
    assert seen == {"ecs:DescribeServices"}


def looking(endpoint: str | None, **more: Any) -> AwsSession:
    with read_only_guard():
        look = open_session(ConnectionOptions(endpoint_url=endpoint, **more))
        look.client("ecs", look.region)
        look.identify()
    return look


def never(account: Account) -> None:
    raise AssertionError("the check was run again")


@pytest.mark.parametrize(
    "endpoint",
    [None, "https://ecs-fips.us-east-1.amazonaws.com", "https://vpce-1-2.ecs.eu-west-1.vpce.amazonaws.com"],
    ids=["own", "fips", "vpc-endpoint"],
)
def test_aws_is_no_emulator(moto: None, endpoint: str | None) -> None:
    """By whichever of its addresses: nothing is run twice, and what failed has failed."""
    look = looking(endpoint)
    assert lacking(look, frozenset(), never, effect=True) == ""
    assert emulator(look) is None


def test_the_sandbox_is_no_emulator(keys: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether it is asked for by --sandbox or found by the environment."""
    with control.throw_away() as sandbox:
        for look in (looking(None, environment=control.environment(sandbox)), looking(sandbox.url)):
            assert lacking(look, frozenset(), never, effect=True) == ""
        monkeypatch.setenv("AWS_ENDPOINT_URL", sandbox.url)
        assert lacking(looking(None), frozenset(), never, effect=True) == ""


def test_the_sandbox_is_known_by_any_of_its_answers(keys: None) -> None:
    """Also where nobody says whose account this is: what failed there has failed."""
    denied = next(fault for fault in FAULTS if fault.id == "access-denied")
    with control.throw_away() as sandbox, on_the_wire(), read_only_guard():
        look = open_session(ConnectionOptions(endpoint_url=sandbox.url))
        with injected(denied, lambda call: call.service == "sts"):
            look.identify()
        assert look.target().kind == "aws"
        with check_context(CheckContext(look.visit, frozenset({"ecs:ListClusters"}))):
            look.client("ecs", look.region).list_clusters()
    assert look.fault() is not None
    assert look.target().kind == "sandbox"
    assert lacking(look, frozenset(), never, effect=True) == ""


@pytest.fixture(scope="module")
def stranger() -> Iterator[str]:
    """Plain moto, with the clusters that are read."""
    import boto3

    keys: dict[str, Any] = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
    with fidelity.plain_moto() as url:
        ecs = boto3.client("ecs", endpoint_url=url, region_name="eu-west-1", **keys)
        for name in ("web", "labs-fix"):
            ecs.create_cluster(clusterName=name)
        yield url


def reads_tasks(account: Account) -> None:
    account.ecs.list_tasks(cluster="web")["taskArns"]


def reads_clusters(account: Account) -> None:
    if not account.ecs.describe_clusters(clusters=["none"])["clusters"]:
        raise LookupError("how it ends does not matter")


@pytest.mark.parametrize(
    ("check", "read", "lacks", "effect", "told"),
    [
        (reads_tasks, "ecs:ListTasks", None, False, "this emulator lacks what this needs: a service reaches"),
        (reads_tasks, "ecs:ListTasks", ["ecs.service.tasks"], True, "this emulator lacks what this needs"),
        (reads_tasks, "ecs:ListTasks", [], True, ""),
        (reads_clusters, READ, None, False, ""),
        (reads_clusters, READ, None, True, "nobody has found out whether this emulator does it too"),
        (reads_clusters, READ, ["ecs.service.tasks"], True, ""),
    ],
    ids=["as-moto", "mapped", "all-there", "provided", "unknown-effect", "known-effect"],
)
def test_at_an_emulator_it_counts_what_is_looked_at(
    keys: None,
    stranger: str,
    tmp_path: Path,
    check: Callable[[Account], None],
    read: str,
    lacks: list[str] | None,
    effect: bool,
    told: str,
) -> None:
    """Its own map, where there is one; else that of plain moto, and nothing is known of its effects."""
    if lacks is not None:
        emulators.keep(tmp_path, stranger, lacks)
    look = looking(stranger, maps=tmp_path)
    found = lacking(look, frozenset({read}), check, effect=effect)
    assert told in found
    assert bool(told) is bool(found)


def test_the_endpoint_of_one_service_counts_too(
    keys: None, stranger: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rest may be AWS."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_ECS", stranger)
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", stranger)
    assert emulator(looking(None)) == stranger


def test_what_is_left_there_is_seen(labs: Labs, keys: None, stranger: str) -> None:
    """Nothing that an emulator lacks could make things appear: it has not been put away."""
    code, out, _ = labs(
        "check", "ecs-instance-registration", "--cleaned", "--endpoint-url", stranger, "--format", "json"
    )
    [objective] = json.loads(out)["labs"][0]["objectives"]
    assert (code, objective["state"]) == (1, "failed")
    assert "cluster labs-fix" in objective["found"]


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
    assert "(ecs.agent.registers)" in objective["message"]
    assert f"labs sandbox status --fidelity --endpoint-url {stranger}" in err
    assert "does not replay" not in err

    names = ("ecs.service.desiredCount", "ecs.agent.registers")
    probes = tuple(each for each in fidelity.PROBES if each.name in names)
    monkeypatch.setattr(fidelity.run, "__defaults__", (probes,))
    code, out, _ = labs("sandbox", "status", "--fidelity", "--endpoint-url", stranger)
    assert (code, "That is kept" in out) == (0, True)

    code, out, err = labs("check", *lab)
    assert (code, err) == (3, "")
    assert json.loads(out)["labs"][0]["objectives"] == [objective]
    code, out, _ = labs("explain", record)
    assert code == 3
    assert "(ecs.agent.registers)" in " ".join(out.split())
