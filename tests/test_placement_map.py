"""The picture of placement: what answers of ECS come to, and how it is drawn."""

from __future__ import annotations

from typing import Any

from labs.aws.request_scope import Read
from labs.show.placement_text import render_placement
from labs.verify.placement_map import FARGATE, maps_of

ARN = "arn:aws:ecs:eu-west-1:123456789012"


def instance(number: int, zone: str = "eu-west-1a") -> dict[str, Any]:
    return {
        "containerInstanceArn": f"{ARN}:container-instance/labs/{number}",
        "ec2InstanceId": f"i-{number}",
        "attributes": [
            {"name": "ecs.availability-zone", "value": zone},
            {"name": "ecs.instance-type", "value": "t3.small"},
        ],
        "registeredResources": [
            {"name": "CPU", "integerValue": 2048},
            {"name": "MEMORY", "integerValue": 1024},
        ],
    }


def task(number: int, host: int | None, group: str = "service:web", **more: Any) -> dict[str, Any]:
    placed = {"containerInstanceArn": f"{ARN}:container-instance/labs/{host}"} if host is not None else {}
    return {
        "taskArn": f"{ARN}:task/labs/{number}",
        "group": group,
        "lastStatus": "RUNNING",
        "cpu": "256",
        "memory": "256",
        "availabilityZone": "eu-west-1b",
        **placed,
        **more,
    }


def reads(instances: list[dict[str, Any]], tasks: list[dict[str, Any]]) -> list[Read]:
    return [
        Read("ecs", "DescribeContainerInstances", "eu-west-1", {"containerInstances": instances}),
        Read("ecs", "DescribeTasks", "eu-west-1", {"tasks": tasks}),
    ]


def test_tasks_stand_on_their_instances() -> None:
    (found,) = maps_of(reads([instance(1), instance(2, "eu-west-1b")], [task(1, 1), task(2, 1), task(3, 2)]))
    assert {zone: [len(host.tasks) for host in hosts] for zone, hosts in found.zones.items()} == {
        "eu-west-1a": [2],
        "eu-west-1b": [1],
    }


def test_stopped_tasks_are_left_out() -> None:
    (found,) = maps_of(reads([instance(1)], [task(1, 1, lastStatus="STOPPED")]))
    assert found.tasks == 0


def test_tasks_on_fargate_stand_in_their_zone() -> None:
    (found,) = maps_of(reads([], [task(1, None)]))
    (host,) = found.hosts
    assert (host.type, host.zone) == (FARGATE, "eu-west-1b")


def test_fargate_spot_is_a_host_of_its_own() -> None:
    (found,) = maps_of(reads([], [task(1, None), task(2, None, capacityProviderName="FARGATE_SPOT")]))
    assert {host.id: len(host.tasks) for host in found.hosts} == {"Fargate": 1, "Fargate Spot": 1}
    assert "Fargate Spot" in render_placement(found, "memory", 80)


def test_size_comes_from_the_containers_where_the_task_has_none() -> None:
    containers = [{"cpu": "10", "memoryReservation": "64", "memory": "128"}, {"cpu": "0", "memory": "32"}]
    (found,) = maps_of(reads([instance(1)], [task(1, 1, cpu="0", memory=None, containers=containers)]))
    (placed,) = found.hosts[0].tasks
    assert (placed.cpu, placed.memory) == (10, 96)


def test_latest_answer_counts() -> None:
    earlier = Read("ecs", "DescribeTasks", "eu-west-1", {"tasks": [task(1, 1)]})
    (found,) = maps_of([earlier, *reads([instance(1)], [task(1, 1, lastStatus="STOPPED")])])
    assert found.tasks == 0


def test_picture_shows_sizes_neighbours_and_free_room() -> None:
    (found,) = maps_of(reads([instance(1)], [task(1, 1), task(2, 1), task(3, 1, "family:job")]))
    text = render_placement(found, "memory", 80)
    assert "i-1 t3.small" in text
    assert "3 tasks, 768 of 1,024 MiB" in text
    drawn = text.split("|")[1]
    assert drawn == "A" * 9 + "b" * 9 + "B" * 9 + "·" * 9
    assert "A  job" in text
    assert max(map(len, text.splitlines())) <= 80


def test_picture_by_cpu() -> None:
    (found,) = maps_of(reads([instance(1)], [task(1, 1)]))
    assert "256 of 2,048 CPU units" in render_placement(found, "cpu", 80)
