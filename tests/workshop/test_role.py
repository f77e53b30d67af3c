"""The role that learners deploy: valid, least, bound to one instructor, and over at a set moment."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from labs.aws.policy import least_policy
from labs.content.pack import open_catalog
from labs.errors import UsageError
from labs.sandbox import control
from labs.sandbox.client.connection import KEY_OF_ACCOUNT
from labs.workshop.role import role_template
from tests.workshop.workshop_kit import Cli, role, seat, write

pytestmark = [pytest.mark.process, pytest.mark.slow]

END = datetime(2026, 12, 1, 18, 0, tzinfo=UTC)
INSTRUCTOR = "arn:aws:iam::111122223333:user/instructor"
INSTRUCTORS = "111122223333"
LEARNER = "444455556666"


def all_reads() -> set[str]:
    catalog = open_catalog()
    return {read for lab in catalog.all() for read in catalog.verifier(lab).reads}


@pytest.mark.parametrize(
    "principal",
    [INSTRUCTOR, "111122223333", "arn:aws:iam::111122223333:root", "arn:aws:iam::111122223333:role/a/b"],
)
def test_cfn_lint_finds_nothing(principal: str) -> None:
    """The template of all labs is one that CloudFormation takes."""
    from cfnlint import api

    text = json.dumps(role_template(all_reads(), principal, "a-secret", END))
    found = [str(each) for each in api.lint_all(text) if not each.rule.id.startswith("I")]
    assert found == [], "errors and warnings; what only informs, cfn-lint itself leaves out unless asked"


def test_it_allows_the_labs_reads_and_nothing_else() -> None:
    """Its policy is the least one, under the condition of time; the trust names principal, external id and time."""
    role = role_template(["ecs:DescribeServices", "sts:GetCallerIdentity"], INSTRUCTOR, "a-secret", END)
    properties = role["Resources"]["LabsCheckRole"]["Properties"]
    (statement,) = properties["Policies"][0]["PolicyDocument"]["Statement"]
    until = {"DateLessThan": {"aws:CurrentTime": "2026-12-01T18:00:00Z"}}
    assert statement["Action"] == least_policy(["ecs:DescribeServices"])["Statement"][0]["Action"]
    assert statement["Condition"] == until
    (trust,) = properties["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"AWS": INSTRUCTOR}
    assert trust["Action"] == "sts:AssumeRole"
    assert trust["Condition"] == {"StringEquals": {"sts:ExternalId": "a-secret"}, **until}


def test_the_inline_policy_of_all_labs_is_within_iam_s_limit() -> None:
    """10,240 characters without white space (IAM's quotas)."""
    role = role_template(all_reads(), INSTRUCTOR, "a-secret", END)["Resources"]["LabsCheckRole"]
    policy = role["Properties"]["Policies"][0]["PolicyDocument"]
    assert len(json.dumps(policy, separators=(",", ":"))) < 10_240


@pytest.mark.parametrize(
    ("principal", "external_id", "message"),
    [
        ("*", "secret", "neither an account"),
        ("1234", "secret", "neither an account"),
        ("arn:aws:iam::111122223333:group/x", "secret", "neither an account"),
        (INSTRUCTOR, "x", "cannot be an external id"),
        (INSTRUCTOR, "with space", "cannot be an external id"),
    ],
)
def test_what_iam_would_refuse_is_refused_here(principal: str, external_id: str, message: str) -> None:
    """Nobody deploys a role that anyone may assume."""
    with pytest.raises(UsageError, match=message):
        role_template([], principal, external_id, END)


def test_as_yaml_it_is_the_same_template(cli: Cli) -> None:
    """CloudFormation reads the same from both, dates and account numbers included; no part stands for another."""
    import yaml

    line = ("workshop", "role", "ecs-placement", "--principal", "000011112222", "--external-id", "1e5")
    as_yaml, as_json = cli(*line, "--format", "yaml"), cli(*line, "--format", "json")
    assert (as_yaml.code, as_yaml.err) == (0, "")
    end = re.compile(r"20[0-9T:-]+Z")
    read = json.dumps(yaml.safe_load(as_yaml.out))
    assert end.sub("END", read) == end.sub("END", json.dumps(as_json.json))
    assert "&id" not in as_yaml.out, "CloudFormation knows no aliases"


def test_the_external_id_of_a_roster_is_used_again(cli: Cli, tmp_path: Path) -> None:
    """A second template for the same room opens the same seats."""
    roster = write(tmp_path / "r.toml", '[defaults]\nexternal_id = "room"', seat("ann", role_arn=role(1)))
    ran = cli("workshop", "role", "ecr-push", "--principal", "111122223333", "--roster", roster)
    assert (ran.code, ran.err) == (0, "")
    assert ran.json["Outputs"]["ExternalId"]["Value"] == "room"
    mixed = write(
        tmp_path / "m.toml", seat("ann", role_arn=role(1), external_id="a"), seat("bob", role_arn=role(2))
    )
    assert cli("workshop", "role", "ecr-push", "--principal", "111122223333", "--roster", mixed).code == 2


def test_without_credentials_the_principal_must_be_named(cli: Cli) -> None:
    ran = cli("workshop", "role", "ecs-placement")
    assert ran.code == 2
    assert "--principal" in ran.err


@pytest.fixture(scope="module")
def sandbox() -> Iterator[control.Sandbox]:
    """One that enforces IAM: the role gets as far as its policy, and no further."""
    with control.throw_away(enforces_iam=True) as running:
        yield running


def keys_of(account: str, sandbox: control.Sandbox) -> dict[str, Any]:
    return {
        "aws_access_key_id": KEY_OF_ACCOUNT + account,
        "aws_secret_access_key": "x",
        "region_name": "eu-west-1",
        "endpoint_url": sandbox.url,
    }


@pytest.fixture
def instructor(sandbox: control.Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[control.Sandbox]:
    """The shell is the instructor's, of account 111122223333, in an empty sandbox."""
    for name, value in {
        "AWS_ENDPOINT_URL": sandbox.url,
        "AWS_ACCESS_KEY_ID": KEY_OF_ACCOUNT + "111122223333",
        "AWS_SECRET_ACCESS_KEY": "x",
        "AWS_DEFAULT_REGION": "eu-west-1",
    }.items():
        monkeypatch.setenv(name, value)
    yield sandbox
    control.reset(sandbox.home)


def deploy(template: str, sandbox: control.Sandbox) -> str:
    """A learner's deployment of the template; returns the ARN of the role."""
    import boto3

    stacks = boto3.client("cloudformation", **keys_of(LEARNER, sandbox))
    stacks.create_stack(StackName="labs", TemplateBody=template, Capabilities=["CAPABILITY_NAMED_IAM"])
    (stack,) = stacks.describe_stacks(StackName="labs")["Stacks"]
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    arn: str = stack["Outputs"][0]["OutputValue"]
    return arn


@pytest.mark.process
def test_it_deploys_and_a_check_through_it_works(
    instructor: control.Sandbox, cli: Cli, tmp_path: Path
) -> None:
    """The learner deploys what the instructor printed; the instructor looks through it, with the external id only."""
    import boto3

    printed = cli("workshop", "role", "ecr-repository", "--external-id", "a-secret")
    assert printed.code == 0
    arn = deploy(printed.out, instructor)
    assert arn == f"arn:aws:iam::{LEARNER}:role/labs-check"
    ecr = boto3.client("ecr", **keys_of(LEARNER, instructor))
    ecr.create_repository(repositoryName="labs/web")
    ran = cli(
        "workshop",
        "check",
        write(
            tmp_path / "r.toml",
            seat("with", role_arn=arn, external_id="a-secret"),
            seat("without", role_arn=arn, prefix="a-"),
            seat("wrong", role_arn=arn, external_id="another", prefix="b-"),
        ),
        "ecr-repository",
        "--format",
        "json",
    )
    found = ran.seats["with"]
    assert (found["account"], found["error"]) == (LEARNER, None)
    states = {each["id"]: each["state"] for each in found["labs"][0]["objectives"]}
    assert states["repository"] == "passed", states
    assert set(states.values()) == {"passed", "failed"}, "nothing is there but the repository"
    for name in ("without", "wrong"):
        assert "cannot be assumed: Not allowed to call sts:AssumeRole" in ran.seats[name]["error"]


@pytest.mark.process
def test_after_its_day_the_role_opens_nothing(instructor: control.Sandbox, cli: Cli, tmp_path: Path) -> None:
    """The same role, expired: the seat cannot be looked at, and says so."""
    expired = role_template(
        ["ecr:DescribeRepositories"], "111122223333", "a-secret", END - timedelta(days=400)
    )
    arn = deploy(json.dumps(expired), instructor)
    roster = write(tmp_path / "r.toml", seat("late", role_arn=arn, external_id="a-secret"))
    ran = cli("workshop", "check", roster, "ecr-repository", "--format", "json")
    assert ran.code == 3
    assert "Not allowed to call sts:AssumeRole" in ran.seats["late"]["error"]


@pytest.mark.process
def test_the_role_may_nothing_besides(instructor: control.Sandbox, cli: Cli, tmp_path: Path) -> None:
    """A role for one lab cannot look at another one: each objective says which action it lacks."""
    arn = deploy(
        json.dumps(role_template(["ecr:DescribeRepositories"], INSTRUCTORS, "a-secret", END)), instructor
    )
    roster = write(tmp_path / "r.toml", seat("one", role_arn=arn, external_id="a-secret"))
    ran = cli("workshop", "check", roster, "ecs-bind-mount", "--format", "json")
    (lab,) = ran.seats["one"]["labs"]
    assert ran.code == 3
    assert {each["state"] for each in lab["objectives"]} <= {"inconclusive", "blocked"}
    assert lab["objectives"][0]["action"] == "ecs:DescribeTaskDefinition"
