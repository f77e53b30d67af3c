"""Odd but right task definitions, and wrong ones that look right."""

import json
from typing import Any

import pytest

from labs.packs.aws_ecs.checks import _execution, _logs
from labs.packs.aws_ecs.checks import ecs_task_definition as lab
from labs.sdk import Account, Failed, Passed
from tests.builders import ACCOUNT
from tests.checks.canned import Answer, answering

NAMES = {"family": "labs-web", "container": "web", "port": "80"}
OPTIONS = {"awslogs-group": "/ecs/web", "awslogs-region": "eu-west-1", "awslogs-stream-prefix": "web"}


def definition(**container: Any) -> Answer:
    web = {
        "name": "web",
        "image": "nginx",
        "essential": True,
        "portMappings": [{"containerPort": 80}],
        **container,
    }
    found = {"family": "labs-web", "revision": 3, "containerDefinitions": [{"name": "webserver"}, web]}
    return "describe_task_definition", {"taskDefinition": found}


@pytest.mark.parametrize(
    ("mapping", "exposed"),
    [
        ({"containerPort": 80}, True),
        ({"containerPort": 80, "protocol": "tcp"}, True),
        ({"containerPortRange": "80-90"}, True),
        ({"containerPortRange": "70-80", "protocol": "tcp"}, True),
        ({"containerPort": 80, "protocol": "udp"}, False),
        ({"containerPort": 8080, "hostPort": 80}, False),
        ({"containerPortRange": "81-90"}, False),
    ],
    ids=str,
)
def test_a_port_is_exposed_by_tcp_alone_or_in_a_range(mapping: dict[str, Any], *, exposed: bool) -> None:
    account = answering(ecs=[definition(portMappings=[{"containerPort": 9000}, mapping])])
    assert isinstance(lab.container_exposes_the_port(account, NAMES), Passed) is exposed


def test_a_container_is_essential_unless_it_says_otherwise() -> None:
    name, answer = definition()
    del answer["taskDefinition"]["containerDefinitions"][1]["essential"]
    account = answering(ecs=[(name, answer)])
    assert isinstance(lab.container_exposes_the_port(account, NAMES), Passed)


def test_the_container_is_found_by_its_whole_name() -> None:
    outcome = lab.container_exposes_the_port(answering(ecs=[definition(name="web-1")]), NAMES)
    assert isinstance(outcome, Failed)
    assert outcome.found == "labs-web:3 has no container web; its containers are webserver, web-1"


def logging(**options: str) -> dict[str, Any]:
    return {"logConfiguration": {"logDriver": "awslogs", "options": {**OPTIONS, **options}}}


def without(option: str) -> dict[str, Any]:
    left = {name: value for name, value in OPTIONS.items() if name != option}
    return {"logConfiguration": {"logDriver": "awslogs", "options": left}}


GROUPS: list[Answer] = [
    ("describe_log_groups", {"logGroups": [{"logGroupName": "/ecs/web-app"}], "nextToken": "more"}),
    ("describe_log_groups", {"logGroups": [{"logGroupName": "/ecs/web"}]}),
]


@pytest.mark.parametrize(
    ("container", "groups", "passes"),
    [
        (logging(), GROUPS, True),
        (logging(), [("describe_log_groups", {"logGroups": [{"logGroupName": "/ecs/web-app"}]})], False),
        (logging(**{"awslogs-create-group": "TRUE"}), [], True),
        (logging(**{"awslogs-create-group": "false"}), [("describe_log_groups", {"logGroups": []})], False),
        (logging(**{"awslogs-stream-prefix": ""}), GROUPS, False),
        (logging(**{"awslogs-region": "us-east-1"}), GROUPS, False),
        ({"logConfiguration": {"logDriver": "awslogs"}}, [], False),
        ({"logConfiguration": {"logDriver": "awsfirelens", "options": OPTIONS}}, [], False),
        ({}, [], False),
    ],
    ids=[
        "second page",
        "longer name",
        "creates",
        "may not create",
        "no prefix",
        "elsewhere",
        "no options",
        "firelens",
        "none",
    ],
)
def test_logs_go_to_a_group_that_is_there_or_is_made(
    container: Any, groups: list[Answer], *, passes: bool
) -> None:
    account = answering(ecs=[definition(**container)], logs=groups)
    assert isinstance(lab.container_logs_to_a_group(account, NAMES), Passed) is passes


@pytest.mark.parametrize(
    ("written", "creates"),
    [(word, True) for word in ("1", "t", "T", "true", "TRUE", "True")]
    + [(word, False) for word in ("", "0", "false", "tRUE", "yes", "true ")],
)
def test_a_group_is_made_where_the_driver_reads_true(written: str, *, creates: bool) -> None:
    missing: Answer = ("describe_log_groups", {"logGroups": []})
    account = answering(ecs=[definition(**logging(**{"awslogs-create-group": written}))], logs=[missing])
    assert isinstance(lab.container_logs_to_a_group(account, NAMES), Passed) is creates


def test_the_stream_of_a_task_has_the_container_in_its_name() -> None:
    logs = _logs.AwsLogs("web", "/ecs/web", "eu-west-1", "pre", creates=False)
    assert logs.stream_arn("aws", "123456789012") == (
        "arn:aws:logs:eu-west-1:123456789012:log-group:/ecs/web:log-stream:pre/web/" + "0" * 32
    )


@pytest.mark.parametrize(
    ("container", "found"),
    [
        (logging(**{"awslogs-group": ""}), "has no awslogs-group"),
        (logging(**{"awslogs-region": "us-east-1"}), "logs to Region us-east-1"),
        (logging(**{"awslogs-region": ""}), "has no awslogs-region"),
        (logging(**{"awslogs-stream-prefix": ""}), "has no awslogs-stream-prefix"),
        (without("awslogs-group"), "has no awslogs-group"),
        (without("awslogs-region"), "has no awslogs-region"),
        (without("awslogs-stream-prefix"), "has no awslogs-stream-prefix"),
        ({"logConfiguration": {"logDriver": "splunk"}}, "uses log driver splunk"),
        ({}, "has no log configuration"),
    ],
    ids=[
        "empty group",
        "elsewhere",
        "nowhere",
        "empty prefix",
        "no group",
        "no region",
        "no prefix",
        "splunk",
        "none",
    ],
)
def test_what_is_wrong_with_the_logs_is_said_first_things_first(container: Any, found: str) -> None:
    outcome = lab.container_logs_to_a_group(answering(ecs=[definition(**container)]), NAMES)
    assert isinstance(outcome, Failed)
    assert outcome.found == f"container web {found}"


@pytest.mark.parametrize(
    ("container", "found"),
    [
        ({"essential": False}, "container web is not essential"),
        ({"image": ""}, "container web has no image"),
        ({"portMappings": []}, "container web exposes no port"),
        (
            {"portMappings": [{"containerPort": 8080}, {"containerPortRange": "90-95", "protocol": "udp"}]},
            "container web exposes tcp 8080, udp 90-95",
        ),
    ],
    ids=["not essential", "no image", "no port", "other ports"],
)
def test_what_is_wrong_with_the_container_is_said(container: Any, found: str) -> None:
    outcome = lab.container_exposes_the_port(answering(ecs=[definition(**container)]), NAMES)
    assert isinstance(outcome, Failed)
    assert outcome.found == found


ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/starter"


def started_by(*roles: Answer, **named: str) -> Account:
    """An account whose newest revision names this execution role, and what IAM answers about it."""
    name, answer = definition()
    return answering(ecs=[(name, {"taskDefinition": {**answer["taskDefinition"], **named}})], iam=list(roles))


def trusted_by(service: str) -> Answer:
    trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": trust})
    named = {"RoleName": "starter", "RoleId": "AROAEXAMPLEEXAMPLE", "Path": "/", "Arn": ROLE_ARN}
    dated = {"CreateDate": "2026-11-22T00:00:00Z", "AssumeRolePolicyDocument": document}
    return "get_role", {"Role": {**named, **dated}}


@pytest.mark.parametrize(
    ("role", "named", "found"),
    [
        ([], {}, "labs-web:3 has no execution role"),
        (
            [("get_role", {"error": "NoSuchEntity"})],
            {"executionRoleArn": ROLE_ARN},
            f"execution role {ROLE_ARN} does not exist",
        ),
        (
            [trusted_by("ec2.amazonaws.com")],
            {"executionRoleArn": ROLE_ARN},
            "ecs-tasks.amazonaws.com cannot assume starter: the trust policy names ec2.amazonaws.com",
        ),
    ],
    ids=["none", "gone", "trusts EC2"],
)
def test_the_execution_role_must_be_there_and_trust_tasks(
    role: list[Answer], named: dict[str, str], found: str
) -> None:
    outcome = lab.execution_role_can_start_the_task(started_by(*role, **named), NAMES)
    assert isinstance(outcome, Failed)
    assert outcome.found == found


@pytest.mark.parametrize(
    ("no_pull", "no_logs", "found"),
    [("", "", ""), ("no pull", "", "no pull"), ("", "no logs", "no logs"), ("no pull", "no logs", "no pull")],
)
def test_the_execution_role_must_pull_and_log(
    monkeypatch: pytest.MonkeyPatch, no_pull: str, no_logs: str, found: str
) -> None:
    monkeypatch.setattr(_execution, "why_no_pull", lambda *_: no_pull)
    monkeypatch.setattr(_execution, "why_no_logs", lambda *_: no_logs)
    account = started_by(trusted_by("ecs-tasks.amazonaws.com"), executionRoleArn=ROLE_ARN)
    outcome = lab.execution_role_can_start_the_task(account, NAMES)
    assert isinstance(outcome, Failed) is bool(found)
    assert found in outcome.found
