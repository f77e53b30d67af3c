"""Which roles a task definition must name, and how far each of them may reach."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from labs.packs.aws_ecs.checks import _execution
from labs.packs.aws_ecs.checks import ecs_task_roles as lab
from labs.sdk import Account, CannotTell, Failed, Outcome, Passed
from tests.builders import ACCOUNT
from tests.checks.canned import Answer, answering, simulated

NAMES = {"family": "labs-s3-reader", "bucket": "labs-data"}
BUCKET = "arn:aws:s3:::labs-data"
TASK, EXECUTION = (f"arn:aws:iam::{ACCOUNT}:role/{name}" for name in ("task", "execution"))
BOTH = {"taskRoleArn": TASK, "executionRoleArn": EXECUTION}


def definition(**roles: str) -> tuple[str, dict[str, Any]]:
    found = {"family": "labs-s3-reader", "revision": 1, "containerDefinitions": [], **roles}
    return "describe_task_definition", {"taskDefinition": found}


def role(arn: str, service: str = "ecs-tasks.amazonaws.com") -> tuple[str, dict[str, Any]]:
    trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": trust})
    name = arn.rpartition("/")[2]
    found = {"RoleName": name, "RoleId": "AROAEXAMPLEEXAMPLE", "Path": "/", "Arn": arn}
    return "get_role", {
        "Role": {**found, "CreateDate": "2026-11-22T00:00:00Z", "AssumeRolePolicyDocument": document}
    }


GONE = ("get_role", {"error": "NoSuchEntity"})


def passes(found: Outcome) -> bool:
    return isinstance(found, Passed)


@pytest.mark.parametrize(
    ("roles", "answers", "found"),
    [
        (BOTH, [role(TASK), role(EXECUTION)], ""),
        ({"taskRoleArn": TASK}, [role(TASK)], "no execution role"),
        ({"executionRoleArn": EXECUTION}, [role(EXECUTION)], "no task role"),
        ({}, [], "no task role, no execution role"),
        (BOTH, [GONE, role(EXECUTION)], f"task role {TASK} does not exist"),
        (BOTH, [role(TASK), GONE], f"execution role {EXECUTION} does not exist"),
    ],
    ids=["both", "no execution role", "no task role", "none", "task role gone", "execution role gone"],
)
def test_both_roles_are_named_and_there(roles: dict[str, str], answers: list[Any], found: str) -> None:
    account = answering(ecs=[definition(**roles), definition(**roles)], iam=answers)
    outcome = lab.definition_has_two_roles(account, NAMES)
    assert isinstance(outcome, Failed) == bool(found)
    assert outcome.found.endswith(found)


@pytest.mark.parametrize(
    ("task", "execution", "both"),
    [("ecs-tasks", "ecs-tasks", True), ("ecs", "ecs-tasks", False), ("ecs-tasks", "ec2", False)],
)
def test_each_of_the_two_is_asked_whom_it_trusts(task: str, execution: str, *, both: bool) -> None:
    account = answering(
        ecs=[definition(**BOTH)],
        iam=[role(TASK, f"{task}.amazonaws.com"), role(EXECUTION, f"{execution}.amazonaws.com")],
    )
    assert passes(lab.both_trust_ecs_tasks(account, NAMES)) is both


@pytest.mark.parametrize("left", [{"taskRoleArn": TASK}, {"executionRoleArn": EXECUTION}])
def test_a_role_that_vanishes_between_two_questions_is_no_mistake(left: dict[str, str]) -> None:
    with pytest.raises(CannotTell, match="lost a role"):
        lab.roles_are_distinct(answering(ecs=[definition(**left)]), NAMES)


def denied(resource: str) -> dict[str, str]:
    return {"Effect": "Deny", "Action": "s3:GetObject", "Resource": resource}


def with_rights(action: str, resource: str, *more: dict[str, str], asked: Sequence[Answer] = ()) -> Account:
    """An account in which the role that is asked about has one policy, its own."""
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement, *more]})
    return answering(
        ecs=[definition(**BOTH)],
        iam=[
            role(TASK),
            role(EXECUTION),
            *asked,
            ("list_attached_role_policies", {"AttachedPolicies": []}),
            ("list_role_policies", {"PolicyNames": ["own"]}),
            ("get_role_policy", {"RoleName": "own", "PolicyName": "own", "PolicyDocument": document}),
        ],
    )


@pytest.mark.parametrize(
    ("resource", "more", "every"),
    [
        (f"{BUCKET}/*", [], True),
        (f"{BUCKET}/*", [denied(f"{BUCKET}-2/*"), denied(BUCKET)], True),
        (f"{BUCKET}/*", [denied(f"{BUCKET}/private/*")], False),
        (f"{BUCKET}/*o*", [], False),
    ],
    ids=["all", "others denied", "a folder denied", "names with o"],
)
def test_the_task_role_reads_every_object(resource: str, more: list[dict[str, str]], *, every: bool) -> None:
    """IAM is asked about examples; the policies themselves tell whether they leave out any other object."""
    account = with_rights("s3:GetObject", resource, *more, asked=simulated([["s3:GetObject"]] * 2))
    assert passes(lab.task_role_may_read(account, NAMES)) is every


@pytest.mark.parametrize(
    ("action", "resource", "least"),
    [
        ("s3:GetObject", f"{BUCKET}/*", True),
        ("s3:HeadObject", f"{BUCKET}/*", True),
        ("s3:GetObject", f"{BUCKET}/*".replace("arn:aws:", "arn:*:"), True),
        ("s3:GetBucketLocation", BUCKET, True),
        ("s3:Describe*", BUCKET, True),
        ("s3:ListBucket", BUCKET, True),
        ("s3:ListBucket", "arn:aws:s3:::labs-data-2", False),
        ("s3:ListAllMyBuckets", "*", False),
        ("s3:DeleteObject", f"{BUCKET}/*", False),
        ("ecr:GetAuthorizationToken", "*", False),
    ],
)
def test_the_task_role_only_reads_and_lists_its_bucket(action: str, resource: str, *, least: bool) -> None:
    assert passes(lab.task_role_may_do_no_more(with_rights(action, resource), NAMES)) is least


@pytest.mark.parametrize(
    ("action", "resource", "no_data"),
    [
        ("s3:GetObject", f"{BUCKET}/env/*", False),
        ("s3:GetObjectVersion", f"{BUCKET}/*", False),
        ("s3:ListBucket", BUCKET, False),
        ("s3:ListBucketVersions", BUCKET, False),
        ("s3:GetBucketLocation", BUCKET, True),
        ("s3:PutObject", f"{BUCKET}/*", True),
        ("s3:GetObject", "arn:aws:s3:::labs-data-2/*", True),
    ],
)
def test_the_execution_role_reads_nothing_of_the_bucket(action: str, resource: str, *, no_data: bool) -> None:
    assert passes(lab.execution_role_may_not_read(with_rights(action, resource), NAMES)) is no_data


@pytest.mark.parametrize(
    ("no_pull", "no_logs", "found"),
    [("", "", ""), ("no pull", "", "no pull"), ("", "no logs", "no logs"), ("no pull", "no logs", "no pull")],
)
def test_the_execution_role_must_pull_and_log(
    monkeypatch: pytest.MonkeyPatch, no_pull: str, no_logs: str, found: str
) -> None:
    monkeypatch.setattr(_execution, "why_no_pull", lambda *_: no_pull)
    monkeypatch.setattr(_execution, "why_no_logs", lambda *_: no_logs)
    account = answering(ecs=[definition(**BOTH)], iam=[role(TASK), role(EXECUTION)])
    outcome = lab.execution_role_may_pull_and_log(account, NAMES)
    assert passes(outcome) is not bool(found)
    assert found in outcome.found
