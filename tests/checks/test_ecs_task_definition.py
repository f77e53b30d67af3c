"""Odd but right task definitions, and wrong ones that look right."""

from typing import Any

import pytest

from checks import _logs
from checks import ecs_task_definition as lab
from labs.sdk import Failed, Passed
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


def test_the_container_is_found_by_its_whole_name() -> None:
    found = lab.container_exposes_the_port(answering(ecs=[definition(name="web-1")]), NAMES)
    assert isinstance(found, Failed)
    assert found.saw == "labs-web:3 has no container web, only webserver, web-1"


def logging(**options: str) -> dict[str, Any]:
    return {"logConfiguration": {"logDriver": "awslogs", "options": {**OPTIONS, **options}}}


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


def test_the_stream_of_a_task_has_the_container_in_its_name() -> None:
    logs = _logs.AwsLogs("web", "/ecs/web", "eu-west-1", "pre", creates=False)
    assert logs.stream_arn("aws", "123456789012") == (
        "arn:aws:logs:eu-west-1:123456789012:log-group:/ecs/web:log-stream:pre/web/" + "0" * 32
    )
