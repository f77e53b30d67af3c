"""The resources that a task reserves, and how many tasks fit on an instance, on both sides of each limit."""

from __future__ import annotations

from typing import Any

import pytest

from labs.packs.aws_ecs.checks import _resources
from labs.sdk import CannotTell
from tests.checks.clusters import definition


def size(task: dict[str, Any], *containers: dict[str, Any]) -> _resources.Size:
    found: Any = {**definition()[1]["taskDefinition"], **task, "containerDefinitions": list(containers)}
    return _resources.size_of(found)


@pytest.mark.parametrize(
    ("task", "containers", "cpu", "memory"),
    [
        ({}, [{"cpu": 256, "memory": 512}], 256, 512),
        ({}, [{"cpu": 256, "memory": 512}, {"cpu": 64, "memory": 128}], 320, 640),
        ({}, [{"memory": 512}, {"cpu": 64, "memory": 128}], 64, 640),
        ({}, [{"cpu": 64, "memory": 512, "memoryReservation": 256}], 64, 256),
        ({}, [{"cpu": 64, "memoryReservation": 256}, {"cpu": 64, "memory": 128}], 128, 384),
        ({"cpu": "512", "memory": "1024"}, [{"cpu": 64, "memory": 128}], 512, 1024),
        ({"memory": "1024"}, [{}, {"cpu": 64}], 64, 1024),
        ({"cpu": "512"}, [{"memory": 100}, {}], 512, 100),
        ({}, [{}], 0, 0),
    ],
    ids=str,
)
def test_a_task_asks_for_its_own_size_or_for_that_of_its_containers(
    task: dict[str, Any], containers: list[dict[str, Any]], cpu: int, memory: int
) -> None:
    assert size(task, *containers) == _resources.Size(cpu, memory, ())


@pytest.mark.parametrize(
    ("mode", "taken"), [("bridge", (80, 443)), ("host", (80, 81, 82, 443)), (None, (80, 443)), ("awsvpc", ())]
)
def test_host_ports_are_reserved_unless_the_task_has_its_unconfined(
    mode: str | None, taken: tuple[int, ...]
) -> None:
    ports = [
        {"containerPort": 80, "hostPort": 80},
        {"containerPort": 81, "hostPort": 0},
        {"containerPort": 82},
    ]
    other = {"portMappings": [{"containerPort": 443, "hostPort": 443}]}
    task = {"networkMode": mode} if mode else {}
    found = size(task, {"portMappings": ports}, other).ports
    assert found == tuple(("tcp", port) for port in taken)


def left(cpu: int, memory: int, *, tcp: tuple[int, ...] = (), udp: tuple[int, ...] = ()) -> list[Any]:
    """The resources that an instance has left, and which of its ports are taken."""
    return [
        {"name": "CPU", "type": "INTEGER", "integerValue": cpu},
        {"name": "MEMORY", "type": "INTEGER", "integerValue": memory},
        {"name": "PORTS", "type": "STRINGSET", "stringSetValue": ["22", *map(str, tcp)]},
        {"name": "PORTS_UDP", "type": "STRINGSET", "stringSetValue": [*map(str, udp)]},
    ]


def asking(mode: str, **mapping: int | str) -> _resources.Size:
    return size({"networkMode": mode}, {"cpu": 512, "memory": 4096, "portMappings": [mapping]})


BRIDGE = asking("bridge", containerPort=80, hostPort=8080)
UDP = asking("bridge", containerPort=80, hostPort=8080, protocol="udp")
OWN = asking("awsvpc", containerPort=8080, hostPort=8080)


@pytest.mark.parametrize(
    ("host", "task", "room"),
    [
        pytest.param(left(512, 4096), BRIDGE, 1, id="exactly enough"),
        pytest.param(left(511, 4096), BRIDGE, 0, id="a CPU unit too few"),
        pytest.param(left(512, 4095), BRIDGE, 0, id="a MiB too few"),
        pytest.param(left(2048, 9000), BRIDGE, 1, id="a port is given away once"),
        pytest.param(left(2048, 9000, tcp=(8080,)), BRIDGE, 0, id="the port is taken"),
        pytest.param(left(2048, 9000, tcp=(80,)), BRIDGE, 1, id="the container's is taken, which is nobody's"),
        pytest.param(left(2048, 9000, udp=(8080,)), BRIDGE, 1, id="the port is taken for UDP, and asked for TCP"),
        pytest.param(left(2048, 9000, udp=(8080,)), UDP, 0, id="the port is taken for UDP"),
        pytest.param(left(2048, 9000, tcp=(8080,)), UDP, 1, id="the port is taken for TCP, and asked for UDP"),
        pytest.param(left(2048, 9000, tcp=(8080,)), asking("host", containerPort=8080), 0, id="host mode, too"),
        pytest.param(left(2048, 9000, tcp=(8080,)), OWN, 2, id="awsvpc"),
        pytest.param(left(511, 9000), OWN, 0, id="awsvpc, and a CPU unit too few"),
    ],
)  # fmt: skip
def test_an_instance_has_room_for_so_many_tasks(host: Any, task: _resources.Size, room: int) -> None:
    assert _resources.capacity(host, task) == room
    assert _resources.left_of(host).fits(task) is (room > 0)


def test_what_ecs_does_not_say_cannot_be_told() -> None:
    with pytest.raises(CannotTell, match="does not report the MEMORY"):
        _resources.amount(left(1, 1)[:1], "MEMORY")


@pytest.mark.parametrize(
    ("task", "text"),
    [
        (asking("host", containerPort=80), "host port 80"),
        (asking("host", containerPortRange="80-81"), "no host port"),
        (BRIDGE, "host port 8080"),
        (UDP, "host port 8080/udp"),
        (asking("bridge", containerPort=80, hostPort=0), "no host port"),
        (OWN, "no host port"),
    ],
    ids=["host", "a range", "bridge", "UDP", "open", "awsvpc"],
)
def test_ports_are_told_as_people_name_them(task: _resources.Size, text: str) -> None:
    assert task.ports_text() == text


def test_left_before_and_beside_a_task() -> None:
    web, dns = ("tcp", 80), ("udp", 53)
    left = _resources.RemainingResources(100, 200, frozenset({web}))
    task = _resources.Size(30, 50, (web, dns))
    assert left.without(task) == _resources.RemainingResources(130, 250, frozenset())
    assert left.beside(task) == _resources.RemainingResources(70, 150, frozenset({web, dns}))
