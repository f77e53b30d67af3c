"""Tasks of the embedded ECS: run, started, stopped, described, listed, and how they move from status to status."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from agent_kit import trust
from clock_kit import clock_set_to
from ecs_kit import define, join, state, tasks
from tasks_kit import run, seen

from labs.sandbox import hooks
from tests.builders import embedded_aws


def test_run_task_answers_at_once_and_the_next_read_shows_the_task_running(prod: Any) -> None:
    (task,) = run(prod)["tasks"]
    assert (task["lastStatus"], task["desiredStatus"]) == ("PENDING", "RUNNING")
    assert seen(prod, task)["lastStatus"] == "RUNNING"


def test_looking_at_a_task_does_not_change_it(prod: Any) -> None:
    (task,) = run(prod)["tasks"]
    first = seen(prod, task)
    for _ in range(6):
        assert seen(prod, task) == first


def test_a_running_task_is_described_completely(prod: Any) -> None:
    (task,) = run(prod, startedBy="me")["tasks"]
    found = seen(prod, task)
    assert {
        "attachments", "attributes", "availabilityZone", "clusterArn", "connectivity", "connectivityAt",
        "containerInstanceArn", "containers", "cpu", "createdAt", "desiredStatus", "enableExecuteCommand", "group",
        "healthStatus", "lastStatus", "launchType", "memory", "overrides", "pullStartedAt", "pullStoppedAt",
        "startedAt", "startedBy", "tags", "taskArn", "taskDefinitionArn", "version",
    } <= found.keys()  # fmt: skip
    assert (found["cpu"], found["memory"], found["group"]) == ("0", "128", "family:web")
    assert found["overrides"] == {
        "containerOverrides": [{"name": "web"}],
        "inferenceAcceleratorOverrides": [],
    }


def test_container_that_another_waits_for_has_ended(prod: Any) -> None:
    """COMPLETE and SUCCESS hold the other back until it exits (API reference, ContainerDependency)."""
    container = {"image": "nginx", "memory": 16}
    waits = [
        {"containerName": "setup", "condition": "SUCCESS"},
        {"containerName": "side", "condition": "START"},
    ]
    containers = [
        {"name": "setup", "essential": False, **container},
        {"name": "side", **container},
        {"name": "web", **container, "dependsOn": waits},
    ]
    prod.register_task_definition(family="waiting", containerDefinitions=containers)
    task = run(prod, taskDefinition="waiting")["tasks"][0]
    shown = {
        each["name"]: (each["lastStatus"], each.get("exitCode")) for each in seen(prod, task)["containers"]
    }
    assert shown == {"setup": ("STOPPED", 0), "side": ("RUNNING", None), "web": ("RUNNING", None)}
    prod.stop_task(cluster="prod", task=task["taskArn"])
    assert {each["lastStatus"] for each in seen(prod, task)["containers"]} == {"STOPPED"}


def test_a_container_without_a_health_check_has_unknown_health(prod: Any) -> None:
    check = {"healthCheck": {"command": ["CMD", "true"]}}
    define(prod, "checked", container=check)
    healthy = seen(prod, run(prod, taskDefinition="checked")["tasks"][0])
    assert (healthy["healthStatus"], healthy["containers"][0]["healthStatus"]) == ("HEALTHY", "HEALTHY")
    assert seen(prod, run(prod)["tasks"][0])["healthStatus"] == "UNKNOWN"


@pytest.mark.slow
def test_every_container_is_described(prod: Any) -> None:
    containers = [{"name": name, "image": "nginx", "memory": 64} for name in ("app", "log")]
    define(prod, "pair", containerDefinitions=containers)
    found = seen(prod, run(prod, taskDefinition="pair")["tasks"][0])
    assert [(each["name"], each["lastStatus"], each["memory"]) for each in found["containers"]] == [
        ("app", "RUNNING", "64"),
        ("log", "RUNNING", "64"),
    ]
    assert len({each["containerArn"] for each in found["containers"]}) == 2


def test_overrides_count_for_the_size_and_are_reported(prod: Any) -> None:
    overrides = {
        "cpu": "512",
        "memory": "1024",
        "containerOverrides": [{"name": "web", "command": ["sleep", "1"]}],
    }
    found = seen(prod, run(prod, overrides=overrides)["tasks"][0])
    assert (found["cpu"], found["memory"]) == ("512", "1024")
    assert found["overrides"]["containerOverrides"] == [{"name": "web", "command": ["sleep", "1"]}]


@pytest.mark.parametrize(
    ("definition", "overrides", "expected"),
    [
        ({}, {}, (0, 128)),
        ({"container": {"memoryReservation": 64}}, {}, (0, 64)),
        ({"cpu": "256", "memory": "512"}, {}, (256, 512)),
        ({"container": {"cpu": 100}}, {"containerOverrides": [{"name": "web", "cpu": 300}]}, (300, 128)),
        (
            {"container": {"memoryReservation": 64}},
            {"containerOverrides": [{"name": "web", "memoryReservation": 96}]},
            (0, 96),
        ),
    ],
    ids=["container memory", "soft limit", "task size", "cpu override", "soft limit override"],
)
def test_a_task_takes_from_its_instance_what_it_reserves(
    prod: Any, definition: Any, overrides: Any, expected: Any
) -> None:
    define(prod, "sized", **definition)
    task = run(prod, taskDefinition="sized", overrides=overrides)["tasks"][0]
    instance = prod.describe_container_instances(
        cluster="prod", containerInstances=[task["containerInstanceArn"]]
    )
    left = {
        each["name"]: each["integerValue"] for each in instance["containerInstances"][0]["remainingResources"]
    }
    assert (2048 - left["CPU"], 4096 - left["MEMORY"]) == expected


def test_binpack_and_constraints_choose_the_instance(prod: Any) -> None:
    (large,) = join(1, kind="m5.large", memory=7680, first=9)
    binpack = [{"type": "binpack", "field": "memory"}]
    first = run(prod, placementStrategy=binpack)["tasks"][0]["containerInstanceArn"]
    assert first != large
    assert run(prod, placementStrategy=binpack)["tasks"][0]["containerInstanceArn"] == first
    only = [{"type": "memberOf", "expression": "attribute:ecs.instance-type =~ m5.*"}]
    assert run(prod, placementConstraints=only)["tasks"][0]["containerInstanceArn"] == large


def test_distinct_instance_counts_within_the_group(prod: Any) -> None:
    answer = run(prod, count=5, placementConstraints=[{"type": "distinctInstance"}])
    assert len(answer["tasks"]) == 3
    assert {each["reason"] for each in answer["failures"]} == {
        "DistinctInstance placement constraint unsatisfied."
    }


@pytest.mark.parametrize(
    ("definition", "request_", "reason"),
    [
        ({"container": {"memory": 5000}}, {}, "RESOURCE:MEMORY"),
        ({"container": {"cpu": 5000}}, {}, "RESOURCE:CPU"),
        ({"container": {"portMappings": [{"containerPort": 80, "hostPort": 22}]}}, {}, "RESOURCE:PORTS"),
        (
            {},
            {"placementConstraints": [{"type": "memberOf", "expression": "attribute:stack == prod"}]},
            "MemberOf placement constraint unsatisfied.",
        ),
        ({"container": {"resourceRequirements": [{"type": "GPU", "value": "1"}]}}, {}, "RESOURCE:GPU"),
    ],
    ids=["memory", "cpu", "ports", "constraint", "gpu"],
)
def test_what_cannot_be_placed_is_a_failure_for_each_instance(
    prod: Any, definition: Any, request_: Any, reason: str
) -> None:
    define(prod, "odd", **definition)
    answer = run(prod, taskDefinition="odd", **request_)
    assert answer["tasks"] == []
    assert [each["reason"] for each in answer["failures"]] == [reason] * 3
    assert {each["arn"] for each in answer["failures"]} == set(
        prod.list_container_instances(cluster="prod")["containerInstanceArns"]
    )


def test_a_task_role_needs_an_agent_that_can_hand_it_out(ecs: Any, client: Callable[..., Any]) -> None:
    from labs.sandbox.ecs.api.instances import register

    ecs.create_cluster(clusterName="prod")
    register(
        state(), cluster="prod", instance_id="i-1", cpu=1024, memory=1024, zone="eu-west-1a", instance_type="t3.micro",
        ami="ami-1", attributes={}, agent_version="1.98.0",
    )  # fmt: skip
    role = client("iam").create_role(
        RoleName="task", AssumeRolePolicyDocument=trust("ecs-tasks.amazonaws.com")
    )
    define(ecs, taskRoleArn=role["Role"]["Arn"])
    assert [each["reason"] for each in run(ecs)["failures"]] == ["ATTRIBUTE"]


def test_start_task_uses_the_named_instance(prod: Any) -> None:
    arns = prod.list_container_instances(cluster="prod")["containerInstanceArns"]
    answer = prod.start_task(
        cluster="prod", taskDefinition="web", containerInstances=[arns[1], arns[2], "none"]
    )
    assert [task["containerInstanceArn"] for task in answer["tasks"]] == arns[1:]
    assert answer["failures"] == [{"arn": "none", "reason": "MISSING"}]


def test_stop_task_keeps_the_reason(prod: Any) -> None:
    (task,) = run(prod)["tasks"]
    stopping = prod.stop_task(cluster="prod", task=task["taskArn"], reason="enough")["task"]
    assert (stopping["lastStatus"], stopping["desiredStatus"]) == ("RUNNING", "STOPPED")
    found = seen(prod, task)
    assert (found["lastStatus"], found["stopCode"], found["stoppedReason"]) == (
        "STOPPED",
        "UserInitiated",
        "enough",
    )
    assert found["containers"][0]["exitCode"] == 0
    assert {"stoppingAt", "stoppedAt", "executionStoppedAt"} <= found.keys()


def test_a_stopped_task_gives_its_resources_back(prod: Any) -> None:
    (task,) = run(prod)["tasks"]
    prod.stop_task(cluster="prod", task=task["taskArn"])
    instance = prod.describe_container_instances(
        cluster="prod", containerInstances=[task["containerInstanceArn"]]
    )
    (found,) = instance["containerInstances"]
    assert found["remainingResources"] == found["registeredResources"]
    assert found["runningTasksCount"] == 0


def test_stopping_what_is_not_there_is_refused(prod: Any, refused: Callable[..., str]) -> None:
    message = refused(prod.stop_task, cluster="prod", task="none")
    assert message == "InvalidParameterException: The referenced task was not found."


def test_a_missing_task_is_a_failure(prod: Any) -> None:
    answer = prod.describe_tasks(cluster="prod", tasks=["none"])
    assert answer["tasks"] == []
    assert answer["failures"] == [
        {"arn": "arn:aws:ecs:eu-west-1:123456789012:task/prod/none", "reason": "MISSING"}
    ]


def test_a_task_of_another_cluster_is_missing_by_arn_too(prod: Any) -> None:
    (task,) = run(prod)["tasks"]
    prod.create_cluster(clusterName="prod-2")
    assert (
        prod.describe_tasks(cluster="prod-2", tasks=[task["taskArn"]])["failures"][0]["reason"] == "MISSING"
    )
    assert prod.list_tasks(cluster="prod-2")["taskArns"] == []


class TestListTasks:
    @pytest.fixture
    def busy(self, prod: Any) -> Any:
        define(prod, "batch")
        prod.create_service(cluster="prod", serviceName="web", taskDefinition="web", desiredCount=2)
        prod.create_service(cluster="prod", serviceName="web-2", taskDefinition="web", desiredCount=1)
        run(prod, taskDefinition="batch", startedBy="me", count=3)
        return prod

    @pytest.mark.slow
    @pytest.mark.parametrize(
        ("which", "count"),
        [
            ({}, 6),
            ({"serviceName": "web"}, 2),
            ({"serviceName": "arn:aws:ecs:eu-west-1:123456789012:service/prod/web-2"}, 1),
            ({"family": "batch"}, 3),
            ({"family": "bat"}, 0),
            ({"startedBy": "me"}, 3),
            ({"launchType": "EC2"}, 6),
            ({"launchType": "FARGATE"}, 0),
            ({"desiredStatus": "PENDING"}, 0),
            ({"desiredStatus": "STOPPED"}, 0),
        ],
        ids=str,
    )
    def test_filters(self, busy: Any, which: Any, count: int) -> None:
        assert len(busy.list_tasks(cluster="prod", **which)["taskArns"]) == count

    def test_by_instance(self, busy: Any) -> None:
        arns = busy.list_container_instances(cluster="prod")["containerInstanceArns"]
        found = [busy.list_tasks(cluster="prod", containerInstance=arn)["taskArns"] for arn in arns]
        assert sum(map(len, found)) == 6
        assert len({arn for some in found for arn in some}) == 6

    def test_stopped_tasks_are_listed_only_where_they_are_asked_for(self, busy: Any) -> None:
        victim = busy.list_tasks(cluster="prod", startedBy="me")["taskArns"][0]
        busy.stop_task(cluster="prod", task=victim)
        assert busy.list_tasks(cluster="prod", desiredStatus="STOPPED")["taskArns"] == [victim]
        assert victim not in busy.list_tasks(cluster="prod")["taskArns"]

    def test_pages(self, busy: Any) -> None:
        pages = list(
            busy.get_paginator("list_tasks").paginate(cluster="prod", PaginationConfig={"PageSize": 4})
        )
        assert [len(page["taskArns"]) for page in pages] == [4, 2]

    def test_an_unknown_service_is_an_error(self, busy: Any, refused: Callable[..., str]) -> None:
        message = refused(busy.list_tasks, cluster="prod", serviceName="none")
        assert message == "ServiceNotFoundException: Service not found."


def test_hooks_see_each_start_and_each_stop_once(prod: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, str]] = []
    monkeypatch.setattr(hooks, "on_start", [lambda ecs, task: seen.append(("start", task.arn))])
    monkeypatch.setattr(hooks, "on_stop", [lambda ecs, task: seen.append(("stop", task.arn))])
    (task,) = run(prod)["tasks"]
    define(prod, "any")
    prod.stop_task(cluster="prod", task=task["taskArn"])
    define(prod, "any")
    assert seen == [("start", task["taskArn"]), ("stop", task["taskArn"])]


@pytest.mark.slow
def test_the_same_seed_and_times_give_the_same_world(keys: None, client: Callable[..., Any]) -> None:
    """The sandbox's journal replays requests with their seeds and times."""
    from moto.moto_api._internal import mock_random

    def story() -> list[Any]:
        mock_random.seed(7)
        with embedded_aws(), clock_set_to(lambda: datetime(2026, 1, 1, tzinfo=UTC)):
            ecs = client("ecs")
            ecs.create_cluster(clusterName="prod")
            join(6)
            define(ecs)
            ecs.create_service(cluster="prod", serviceName="web", taskDefinition="web", desiredCount=7)
            run(ecs, count=3)
            ecs.update_service(cluster="prod", service="web", desiredCount=3, forceNewDeployment=True)
            services = ecs.describe_services(cluster="prod", services=["web"])["services"]
            return [services, tasks(ecs), tasks(ecs, desiredStatus="STOPPED")]

    story()  # the first world of a process draws more: moto reads its images once
    assert story() == story()
