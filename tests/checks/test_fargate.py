"""What Fargate takes: sizes, network, ports and volumes of a task definition."""

from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks._fargate import why_not_fargate

GIB = 1024


def definition(**more: Any) -> Any:
    return {
        "networkMode": "awsvpc",
        "cpu": "256",
        "memory": "512",
        "compatibilities": ["EC2", "FARGATE"],
        "containerDefinitions": [{"name": "web"}],
        **more,
    }


def with_ports(**mapping: Any) -> Any:
    return definition(containerDefinitions=[{"name": "web", "portMappings": [mapping]}])


@pytest.mark.parametrize(
    ("cpu", "memory"),
    [
        (256, 512), (256, GIB), (256, 2 * GIB), (512, GIB), (512, 4 * GIB), (1024, 2 * GIB), (1024, 8 * GIB),
        (2048, 4 * GIB), (2048, 16 * GIB), (4096, 8 * GIB), (4096, 30 * GIB),
        (8192, 16 * GIB), (8192, 60 * GIB), (16384, 32 * GIB), (16384, 120 * GIB),
    ],
)  # fmt: skip
def test_the_ends_of_every_size_are_offered(cpu: int, memory: int) -> None:
    assert why_not_fargate(definition(cpu=str(cpu), memory=str(memory))) is None


@pytest.mark.parametrize(
    ("cpu", "memory"),
    [
        (128, 512), (256, 768), (256, 3 * GIB), (256, 4 * GIB), (512, 512), (512, 5 * GIB), (1024, 9 * GIB),
        (2048, 3 * GIB), (4096, 31 * GIB), (8192, 17 * GIB), (8192, 64 * GIB), (16384, 36 * GIB), (32768, 64 * GIB),
    ],
)  # fmt: skip
def test_what_lies_between_or_beyond_is_not(cpu: int, memory: int) -> None:
    assert why_not_fargate(definition(cpu=str(cpu), memory=str(memory))) == (
        f"no Fargate task has {cpu} CPU units with {memory} MiB"
    )


@given(cpu=st.integers(1, 20000), memory=st.integers(1, 130 * GIB))
def test_no_task_of_fargate_has_less_than_two_or_more_than_eight_mib_per_unit(cpu: int, memory: int) -> None:
    if why_not_fargate(definition(cpu=str(cpu), memory=str(memory))) is None:
        assert 2 * cpu <= memory <= 8 * cpu


@pytest.mark.parametrize(
    ("task", "why"),
    [
        ({"networkMode": "host"}, "its network mode is host"),
        ({"cpu": "", "memory": "512"}, "it sets no CPU for the task as a whole"),
        ({"volumes": [{"name": "v", "host": {"sourcePath": "/d"}}]}, "volume v is the host's path /d"),
        ({"volumes": [{"name": "v", "dockerVolumeConfiguration": {"scope": "task"}}]}, "volume v is a Docker volume"),
        ({"compatibilities": ["EC2"]}, "ECS finds it compatible with EC2 only"),
    ],
    ids=str,
)  # fmt: skip
def test_the_reason_names_what_is_wrong(task: dict[str, Any], why: str) -> None:
    assert why_not_fargate(definition(**task)) == why


def test_without_a_network_mode_it_is_bridge() -> None:
    bare = definition()
    del bare["networkMode"]
    assert why_not_fargate(bare) == "its network mode is bridge, which is the default"


@pytest.mark.parametrize(
    "volume", [{"name": "v"}, {"name": "v", "host": {}}, {"name": "v", "configuredAtLaunch": True}]
)
def test_volumes_without_a_host_are_fine(volume: dict[str, Any]) -> None:
    assert why_not_fargate(definition(volumes=[volume])) is None


@pytest.mark.parametrize(
    "mapping",
    [{"containerPort": 80}, {"containerPort": 80, "hostPort": 80}, {"containerPort": 80, "hostPort": 0},
     {"containerPortRange": "8000-8010"}],
    ids=str,
)  # fmt: skip
def test_host_ports_may_be_left_out_or_equal(mapping: dict[str, Any]) -> None:
    assert why_not_fargate(with_ports(**mapping)) is None


def test_another_host_port_is_refused_wherever_it_stands() -> None:
    sidecar = {
        "name": "log",
        "portMappings": [{"containerPort": 81}, {"containerPort": 80, "hostPort": 8080}],
    }
    task = cast("Any", definition(containerDefinitions=[{"name": "web"}, sidecar]))
    assert why_not_fargate(task) == "container log wants host port 8080 for its port 80"
