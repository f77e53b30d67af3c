"""How many tasks an instance holds, and whether they stand packed, on both sides of each limit."""

from __future__ import annotations

from typing import Any

import pytest

from labs.packs.aws_ecs.checks import ecs_placement
from labs.sdk import Account, Failed, Passed
from tests.checks.canned import Answer, answering
from tests.checks.clusters import ARN, definition, service, tasks

NAMES = {"cluster": "labs-placement", "service": "packed", "family": "labs-packed"}


def resources(cpu: int, memory: int, *ports: int) -> list[dict[str, Any]]:
    return [
        {"name": "CPU", "type": "INTEGER", "integerValue": cpu},
        {"name": "MEMORY", "type": "INTEGER", "integerValue": memory},
        {"name": "PORTS", "type": "STRINGSET", "stringSetValue": ["22", *map(str, ports)]},
    ]


def instances(*each: dict[str, Any]) -> list[Answer]:
    """Connected container instances `0`, `1` and so on."""
    there = [
        {"containerInstanceArn": str(number), "status": "ACTIVE", "agentConnected": True, **one}
        for number, one in enumerate(each)
    ]
    arns = [one["containerInstanceArn"] for one in there]
    return [
        ("list_container_instances", {"containerInstanceArns": arns}),
        *([("describe_container_instances", {"containerInstances": there})] if there else []),
    ]


@pytest.mark.parametrize(
    ("host", "task", "right"),
    [
        pytest.param(resources(2048, 1024), definition(), True, id="exactly four"),
        pytest.param(resources(2048, 1023), definition(), False, id="a MiB too few"),
        pytest.param(resources(2048, 4096), definition(512), True, id="exactly four by CPU"),
        pytest.param(resources(2047, 4096), definition(512), False, id="a CPU unit too few"),
        pytest.param(resources(3, 1024), definition(1), False, id="one unit each, of three"),
        pytest.param(resources(2048, 4096), definition(0, 256, 0), True, id="a dynamic port"),
        pytest.param(resources(2048, 4096), definition(0, 256, 8080), False, id="one host port for four"),
    ],
)
def test_an_instance_holds_all_tasks_or_does_not(host: Any, task: Answer, right: bool) -> None:
    account = answering(
        ecs=[
            *instances({"registeredResources": host}, {"registeredResources": host}),
            task,
            service(),
        ]
    )
    outcome = ecs_placement.two_instances_can_hold_all_tasks(account, NAMES)
    assert isinstance(outcome, Passed) is right


def test_one_large_instance_is_not_two() -> None:
    large, small = ({"registeredResources": resources(2048, memory)} for memory in (16384, 512))
    account = answering(ecs=[*instances(large, small), definition(), service()])
    outcome = ecs_placement.two_instances_can_hold_all_tasks(account, NAMES)
    assert isinstance(outcome, Failed)
    assert outcome.found == "2 container instances are ACTIVE; 1 can hold 4 tasks of 0 CPU units and 256 MiB"
    assert outcome.hint.startswith("Compare what 4 tasks need")


def test_one_instance_is_not_two() -> None:
    account = answering(
        ecs=[*instances({"registeredResources": resources(2048, 4096)}), definition(), service()]
    )
    outcome = ecs_placement.two_instances_can_hold_all_tasks(account, NAMES)
    assert isinstance(outcome, Failed)
    assert outcome.hint.startswith("Check the status of each")


def test_without_a_service_the_family_says_what_is_to_hold() -> None:
    """The instances can be right before there is a service; without any task definition nobody can tell."""
    hosts = instances(*[{"registeredResources": resources(2048, 4096)}] * 2)
    gone: Answer = ("describe_services", {"services": []})
    there = answering(ecs=[*hosts, definition(), gone])
    assert isinstance(ecs_placement.two_instances_can_hold_all_tasks(there, NAMES), Passed)
    nothing = answering(ecs=[*hosts, NO_REVISION, gone])
    assert isinstance(ecs_placement.two_instances_can_hold_all_tasks(nothing, NAMES), Failed)


@pytest.mark.parametrize(("memory", "right"), [(256, True), (4096, False)])
def test_what_the_service_runs_is_what_is_to_hold(memory: int, right: bool) -> None:
    """Neither another family nor an older revision is the fault of the instances."""
    hosts = instances(*[{"registeredResources": resources(2048, 4096)}] * 2)
    for newest in (NO_REVISION, definition(0, 8192)):
        account = answering(ecs=[*hosts, newest, service(taskDefinition=f"{ARN}7"), definition(0, memory)])
        outcome = ecs_placement.two_instances_can_hold_all_tasks(account, NAMES)
        assert isinstance(outcome, Passed) is right


NO_REVISION: Answer = (
    "describe_task_definition",
    {"error": "ClientException", "message": "Unable to describe task definition."},
)


@pytest.mark.parametrize(
    ("task", "used", "right"),
    [
        pytest.param(definition(), ARN, True, id="as it should be"),
        pytest.param(definition(compatibilities=["FARGATE"]), ARN, False, id="not for EC2"),
        pytest.param(definition(0, 0), ARN, False, id="no memory"),
        pytest.param(definition(), ARN.replace(":1", ":2"), False, id="another revision"),
        pytest.param(definition(), ARN + "0", False, id="a revision that begins alike"),
    ],
)
def test_a_definition_for_instances_reserves_memory_and_is_used(task: Answer, used: str, right: bool) -> None:
    account = answering(ecs=[task, service(taskDefinition=used)])
    outcome = ecs_placement.definition_reserves_memory(account, NAMES)
    assert isinstance(outcome, Passed) is right


@pytest.mark.parametrize(
    ("strategies", "right"),
    [
        ([{"type": "binpack", "field": "MEMORY"}], True),
        ([{"type": "binpack", "field": "memory"}, {"type": "random"}], True),
        ([{"type": "spread", "field": "memory"}], False),
        ([{"type": "binpack", "field": "cpu"}], False),
        ([{"type": "random"}, {"type": "binpack", "field": "memory"}], False),
        ([], False),
    ],
)
def test_only_binpack_on_memory_comes_first(strategies: list[dict[str, str]], right: bool) -> None:
    account = answering(ecs=[service(placementStrategy=strategies)])
    outcome = ecs_placement.first_strategy_is_binpack_on_memory(account, NAMES)
    assert isinstance(outcome, Passed) is right


def placed(on: str, task: Answer, *left: Any) -> Account:
    """The service's tasks on these instances, by their numbers, and what the instances have left."""
    return answering(
        ecs=[
            *tasks(on),
            service(),
            task,
            *instances(*({"remainingResources": each} for each in left)),
        ]
    )


FULL, ONE, TWO, ROOMY = (resources(2048, memory) for memory in (255, 256, 512, 3000))


@pytest.mark.parametrize(
    ("on", "task", "left", "right"),
    [
        pytest.param("0000", definition(), [ROOMY, ROOMY], True, id="all on one"),
        pytest.param("0011", definition(), [ROOMY, ROOMY], False, id="two and two, where one holds all"),
        pytest.param("0011", definition(), [TWO, TWO], False, id="two and two, where one holds exactly four"),
        pytest.param("0001", definition(), [ONE, ROOMY], False, id="the fourth would have had room"),
        pytest.param("0001", definition(), [FULL, ROOMY], True, id="the first is full"),
        pytest.param("0011", definition(), [ONE, ONE, ONE], True, id="no instance holds more than three"),
        pytest.param("0012", definition(), [ONE, ONE, ONE], False, id="two would do"),
        pytest.param(
            "0123", definition(), [FULL, FULL, FULL, FULL], True, id="one each, and no room for two"
        ),
        pytest.param(
            "0123",
            definition(0, 256, 8080),
            [resources(2048, 3000, 8080)] * 4,
            True,
            id="a host port, which each instance has once",
        ),
        pytest.param(
            "0123",
            definition(0, 256, 8080),
            [resources(2048, 3000, 9090)] * 4,
            False,
            id="another port is taken, and this one is free",
        ),
        pytest.param("0012", definition(1024), [resources(1023, 3000)] * 3, True, id="no CPU is left"),
        pytest.param("0012", definition(1024), [resources(1024, 3000)] * 3, False, id="CPU for another"),
        pytest.param(
            "0999", definition(), [ROOMY], True, id="the other is draining, so that it takes no more"
        ),
    ],
)
def test_tasks_are_packed_where_at_most_one_instance_has_room_left(
    on: str, task: Answer, left: list[Any], right: bool
) -> None:
    outcome = ecs_placement.tasks_occupy_the_fewest_instances(placed(on, task, *left), NAMES)
    assert isinstance(outcome, Passed) is right


AWSVPC = definition(networkMode="awsvpc")


def typed(kind: str, *more: str, **resources: Any) -> dict[str, Any]:
    """A container instance of this type, with these attributes besides."""
    names = [{"name": each} for each in more]
    return {"attributes": [{"name": "ecs.instance-type", "value": kind}, *names], **resources}


def interfaces(**most: int) -> Answer:
    found = [
        {"InstanceType": kind.replace("_", "."), "NetworkInfo": {"MaximumNetworkInterfaces": number}}
        for kind, number in most.items()
    ]
    return "describe_instance_types", {"InstanceTypes": found}


@pytest.mark.parametrize(
    ("host", "described", "right"),
    [
        pytest.param(typed("t3.medium"), [interfaces(t3_medium=3)], False, id="two interfaces to give"),
        pytest.param(typed("m5.xlarge"), [interfaces(m5_xlarge=4)], False, id="three"),
        pytest.param(typed("c5.large"), [interfaces(c5_large=5)], True, id="four"),
        pytest.param(typed("t3.medium", "ecs.awsvpc-trunk-id"), [], True, id="a trunk"),
    ],
)
def test_in_awsvpc_mode_each_task_takes_an_interface(host: Any, described: Any, right: bool) -> None:
    hosts = instances(*[{**host, "registeredResources": resources(2048, 4096)}] * 2)
    account = answering(ecs=[*hosts, AWSVPC, service()], ec2=described)
    outcome = ecs_placement.two_instances_can_hold_all_tasks(account, NAMES)
    assert isinstance(outcome, Passed) is right
    if isinstance(outcome, Failed):
        assert outcome.found.endswith("256 MiB, each with a network interface")


@pytest.mark.parametrize(("most", "right"), [(3, True), (5, False)])
def test_without_another_interface_an_instance_has_no_room(most: int, right: bool) -> None:
    host = typed("t3.medium", remainingResources=resources(2048, 3000), runningTasksCount=2)
    account = answering(
        ecs=[*tasks("0011"), service(), AWSVPC, *instances(host, host)], ec2=[interfaces(t3_medium=most)]
    )
    outcome = ecs_placement.tasks_occupy_the_fewest_instances(account, NAMES)
    assert isinstance(outcome, Passed) is right
