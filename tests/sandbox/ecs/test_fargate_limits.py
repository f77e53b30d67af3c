"""Refusals of task definitions for Fargate, or with a network interface of their own, in AWS's words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ecs_kit import CONTAINER, FARGATE

Refused = Callable[..., str]
NO_SUPPORT = "Fargate compatible task definitions do not support"

ON_FARGATE: tuple[tuple[dict[str, Any], dict[str, Any], str, str], ...] = (
    ({"pidMode": "host"}, {}, "do not support pidMode 'host'", "aws/aws-cdk#29619"),
    ({"ipcMode": "task"}, {}, "do not support ipcMode", "cn-terraform/terraform-aws-ecs-fargate#2"),
    ({}, {"privileged": True}, f"{NO_SUPPORT} privileged containers", "widely reported"),
    ({}, {"dockerSecurityOptions": ["label:type:t"]}, f"{NO_SUPPORT} dockerSecurityOptions", "cdk-preflight"),
    (
        {},
        {"linuxParameters": {"devices": [{"hostPath": "/dev/x"}]}},
        f"{NO_SUPPORT} devices",
        "cdk-preflight",
    ),
    (
        {},
        {"linuxParameters": {"sharedMemorySize": 64}},
        f"{NO_SUPPORT} sharedMemorySize",
        "cdk-preflight",
    ),
    ({}, {"linuxParameters": {"maxSwap": 64}}, f"{NO_SUPPORT} maxSwap", "floci's tests of AWS"),
    ({}, {"linuxParameters": {"swappiness": 1}}, f"{NO_SUPPORT} swappiness", "API reference"),
    (
        {},
        {"linuxParameters": {"capabilities": {"add": ["NET_ADMIN"]}}},
        "NET_ADMIN",
        "API reference, KernelCapabilities: only SYS_PTRACE; the words are assumed",
    ),
)
"""Of the task, of the container, the refusal, and where it is known from."""

FINE: tuple[tuple[dict[str, Any], dict[str, Any]], ...] = (
    ({"pidMode": "task"}, {}),
    ({}, {"linuxParameters": {"capabilities": {"add": ["SYS_PTRACE"], "drop": ["CHOWN"]}}}),
    ({}, {"linuxParameters": {"initProcessEnabled": True}}),
)


def register(ecs: Any, of_task: dict[str, Any], of_container: dict[str, Any], **more: Any) -> dict[str, Any]:
    containers = [{**CONTAINER, **of_container}]
    request = {**FARGATE, **of_task, **more}
    found: dict[str, Any] = ecs.register_task_definition(
        family="web", containerDefinitions=containers, **request
    )["taskDefinition"]
    return found


@pytest.mark.parametrize(("of_task", "of_container", "refusal", "source"), ON_FARGATE)
def test_fargate_refuses_it_and_is_not_among_the_compatibilities(
    ecs: Any,
    refused: Refused,
    of_task: dict[str, Any],
    of_container: dict[str, Any],
    refusal: str,
    source: str,
) -> None:
    assert refusal in refused(register, ecs, of_task, of_container)
    found = register(ecs, of_task, of_container, requiresCompatibilities=["EC2"])
    assert found["compatibilities"] == ["EC2"]


@pytest.mark.parametrize(("of_task", "of_container"), FINE)
def test_fargate_takes_it(ecs: Any, of_task: dict[str, Any], of_container: dict[str, Any]) -> None:
    assert "FARGATE" in register(ecs, of_task, of_container)["compatibilities"]


@pytest.mark.parametrize(
    ("of_container", "refusal", "source"),
    [
        ({"hostname": "h"}, "hostname is not supported on container when", "labd/ecs-deplojo#26"),
        ({"dnsServers": ["10.0.0.2"]}, "DNS servers are not supported on container", "amazon-ecs-cli's docs"),
        (
            {"extraHosts": [{"hostname": "h", "ipAddress": "10.0.0.9"}]},
            "Extra hosts are not supported on container",
            "cdk-preflight",
        ),
        ({"links": ["other"]}, "Links are not supported when networkMode=awsvpc", "amazon-ecs-cli's docs"),
        ({"disableNetworking": True}, "Disable Networking is not supported on container", "cdk-preflight"),
    ],
)
def test_a_task_with_its_own_interface_takes_no_names_from_docker(
    ecs: Any, refused: Refused, of_container: dict[str, Any], refusal: str, source: str
) -> None:
    awsvpc: dict[str, Any] = {"networkMode": "awsvpc", "requiresCompatibilities": ["EC2"]}
    assert refusal in refused(register, ecs, awsvpc, of_container)
    bridge = {**awsvpc, "networkMode": "bridge"}
    assert register(ecs, bridge, of_container)["compatibilities"] == ["EXTERNAL", "EC2"]
