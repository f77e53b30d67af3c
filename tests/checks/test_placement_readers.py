"""The instances that an expression selects, and those of tasks, in answers that no small cluster gives."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from labs.packs.aws_ecs.checks import _placement
from labs.sdk import CannotTell, Failed
from tests.checks.canned import answering
from tests.checks.clusters import connected, service, tasks

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
ARN = "arn:aws:ecs:eu-west-1:123456789012:container-instance/labs/"


def page(*names: str, more: bool = False) -> tuple[str, dict[str, Any]]:
    arns = [f"{ARN}{name}" for name in names]
    return "list_container_instances", {
        "containerInstanceArns": arns,
        **({"nextToken": "more"} if more else {}),
    }


def test_an_expression_selects_the_instances_of_every_page() -> None:
    account = answering(ecs=[page("a", more=True), page("b")])
    assert _placement.selected(account, "labs", ["agentConnected == true"]) == {f"{ARN}a", f"{ARN}b"}


def test_of_several_expressions_each_must_hold() -> None:
    account = answering(ecs=[page("a", "b"), page("b", "c")])
    assert _placement.selected(account, "labs", ["first", "second"]) == {f"{ARN}b"}


def test_without_an_expression_nothing_is_selected() -> None:
    """A constraint that is not there must not pass for one that selects everything."""
    assert _placement.selected(answering(), "labs", []) == set()


def test_an_instance_that_ec2_terminated_stands_no_longer() -> None:
    """ECS keeps it ACTIVE; of those whose agents are silent, the running ones go on to count."""
    listed, (_, described) = connected(a={}, b={}, c={})
    for each in described["containerInstances"][1:]:
        each["agentConnected"] = False
    silent = (
        "describe_instances",
        {"Reservations": [{"Instances": [{"InstanceId": "i-b", "LaunchTime": NOON}]}]},
    )
    ecs = [listed, ("describe_container_instances", described)]
    there = _placement.active_hosts(answering(ecs=ecs, ec2=[silent]), "labs")
    assert [each["ec2InstanceId"] for each in there.standing] == ["i-a", "i-b"]
    assert there.gone_text == "; not counted, because not running in EC2: i-c"


@pytest.mark.parametrize(
    ("running", "desired", "message"),
    [
        (3, 3, ""),
        (2, 3, "2 of 3 tasks are running; latest event: no room"),
        (2, 2, "2 of 3 tasks are running; desired count 2"),
        (3, 4, "web has desired count 4 and 3 running tasks"),
        (4, 3, "web has desired count 3 and 4 running tasks"),
        (4, 4, "web has desired count 4 and 4 running tasks"),
    ],
)
def test_a_service_runs_what_it_wants_and_wants_what_it_should(
    running: int, desired: int, message: str
) -> None:
    web = service(desiredCount=desired, events=[{"message": "no room"}])
    account = answering(ecs=[*tasks("a" * running), web, *tasks("a" * running), web])
    found = _placement.tasks_or_why(account, "labs", "web", 3)
    assert found.found == message if isinstance(found, Failed) else (len(found), message) == (3, "")


def test_a_task_on_fargate_has_no_host() -> None:
    task: Any = {"taskArn": "task-0"}
    assert _placement.hosts_of(answering(), "labs", [task]) == {}
    outside = _placement.on_fargate([task])
    assert outside is not None
    assert outside.found == "1 of 1 tasks run on Fargate, not on a container instance"


def test_a_host_that_is_not_described_is_told() -> None:
    """It was deregistered between two answers."""
    task: Any = {"containerInstanceArn": f"{ARN}a"}
    gone = ("describe_container_instances", {"containerInstances": [], "failures": [{"reason": "MISSING"}]})
    with pytest.raises(CannotTell, match=r"does not find container instance .*labs/a, on which a task runs"):
        _placement.hosts_of(answering(ecs=[gone]), "labs", [task])


def test_instances_are_told_by_id_and_type() -> None:
    typed: Any = {"ec2InstanceId": "i-1", "attributes": [{"name": "ecs.instance-type", "value": "t3.small"}]}
    bare: Any = {"ec2InstanceId": "i-2", "attributes": []}
    assert _placement.instances_text([typed, bare]) == "i-2 (no type), i-1 (t3.small)"
    assert _placement.instances_text([]) == "no instance"
