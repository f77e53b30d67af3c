"""Fargate's limits for a task definition: sizes, network, ports and volumes."""

from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labs.packs.aws_ecs.checks._fargate import why_not_fargate

GIB = 1024
WINDOWS = {"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE", "cpuArchitecture": "X86_64"}


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
    ("cpu", "offered"),
    [
        (128, []),
        (256, [512, GIB, 2 * GIB]),
        (512, [GIB, 2 * GIB, 3 * GIB, 4 * GIB]),
        (1024, [each * GIB for each in (2, 3, 4, 5, 6, 7, 8)]),
        (2048, [each * GIB for each in range(4, 17)]),
        (4096, [each * GIB for each in range(8, 31)]),
        (8192, [each * GIB for each in (16, 20, 24, 28, 32, 36, 40, 44, 48, 52, 56, 60)]),
        (16384, [each * GIB for each in (32, 40, 48, 56, 64, 72, 80, 88, 96, 104, 112, 120)]),
        (32768, []),
    ],
    ids=str,
)
def test_exactly_these_sizes_are_offered(cpu: int, offered: list[int]) -> None:
    """The table of the developer guide, and nothing between or beyond, tried in steps of 256 MiB."""
    found = {
        each: why_not_fargate(definition(cpu=str(cpu), memory=str(each))) for each in range(0, 130 * GIB, 256)
    }
    assert [each for each, wrong in found.items() if wrong is None] == offered
    refused = {each: wrong for each, wrong in found.items() if wrong is not None}
    assert refused == {each: f"Fargate does not support {cpu} CPU units with {each} MiB" for each in refused}


@given(cpu=st.integers(1, 20000), memory=st.integers(1, 130 * GIB))
def test_fargate_memory_is_two_to_eight_mib_per_cpu_unit(cpu: int, memory: int) -> None:
    if why_not_fargate(definition(cpu=str(cpu), memory=str(memory))) is None:
        assert 2 * cpu <= memory <= 8 * cpu


@pytest.mark.parametrize(
    ("task", "why"),
    [
        ({"networkMode": "host"}, "network mode is host"),
        ({"cpu": "", "memory": "512"}, "no CPU at the task level"),
        ({"cpu": "256", "memory": ""}, "no memory at the task level"),
        ({"cpu": "", "memory": ""}, "no CPU and memory at the task level"),
        ({"volumes": [{"name": "v", "host": {"sourcePath": "/d"}}]}, "volume v uses host path /d"),
        ({"volumes": [{"name": "v", "dockerVolumeConfiguration": {"scope": "task"}}]}, "volume v is a Docker volume"),
        ({"compatibilities": ["EC2"]}, "compatible with EC2 only"),
        ({"runtimePlatform": WINDOWS}, "Fargate does not support 256 CPU units for Windows containers"),
    ],
    ids=str,
)  # fmt: skip
def test_the_reason_names_what_is_wrong(task: dict[str, Any], why: str) -> None:
    assert why_not_fargate(definition(**task)) == why


@pytest.mark.parametrize(("cpu", "memory"), [("1024", "2048"), ("2048", "4096"), ("4096", "8192")])
def test_windows_has_some_of_the_sizes(cpu: str, memory: str) -> None:
    assert why_not_fargate(definition(cpu=cpu, memory=memory, runtimePlatform=WINDOWS)) is None


def test_without_a_network_mode_it_is_bridge() -> None:
    bare = definition()
    del bare["networkMode"]
    assert why_not_fargate(bare) == "network mode is bridge (the default)"


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
    assert why_not_fargate(task) == "container log maps port 80 to host port 8080"
