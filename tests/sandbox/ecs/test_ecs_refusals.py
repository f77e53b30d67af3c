"""Refusals of the embedded ECS, each with AWS's error code, and with AWS's words where somebody reported them.

`source` says where a message was seen; "sense" marks a refusal that AWS documents and words of our own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ecs_kit import define, scaling_group

pytestmark = pytest.mark.slow

Change = dict[str, Any]


def test_run_task_on_a_cluster_without_instances_is_refused(ecs: Any, refused: Callable[..., str]) -> None:
    """Source: aws/amazon-ecs-cli#1122."""
    ecs.create_cluster(clusterName="prod")
    define(ecs)
    message = refused(ecs.run_task, cluster="prod", taskDefinition="web")
    assert message == "InvalidParameterException: No Container Instances were found in your cluster."


PROVIDERS: list[tuple[str, Change, str, str]] = [
    # name, the provider beyond name and group, the error, source
    (
        "aws",
        {"name": "awsome"},
        "ClientException: The specified capacity provider name is invalid.",
        "aws-samples/aws-cdk-examples#626",
    ),
    (
        "ecs",
        {"name": "ECS-fleet"},
        "ClientException: The specified capacity provider name is invalid.",
        "the same",
    ),
    (
        "fargate",
        {"name": "fargate2"},
        "ClientException: The specified capacity provider name is invalid.",
        "the same",
    ),
    (
        "a space",
        {"name": "my fleet"},
        "ClientException: The specified capacity provider name is invalid.",
        "the same",
    ),
    (
        "no such group",
        {
            "autoScalingGroupArn": "arn:aws:autoscaling:eu-west-1:1:autoScalingGroup:x:autoScalingGroupName/none"
        },
        "ClientException: The specified Auto Scaling group ARN is invalid",
        "sense",
    ),
    (
        "termination protection without managed scaling",
        {"managedTerminationProtection": "ENABLED"},
        "ClientException: To enable managed termination protection for a capacity provider, managed scaling",
        "sense: API reference, AutoScalingGroupProvider",
    ),
    (
        "a target of 0",
        {"managedScaling": {"status": "ENABLED", "targetCapacity": 0}},
        "ClientException: The managed scaling setting targetCapacity",
        "sense: API reference, ManagedScaling",
    ),
    (
        "an unknown status",
        {"managedScaling": {"status": "ON"}},
        "InvalidParameterException: managedScaling.status 'ON' is invalid",
        "sense",
    ),
]


@pytest.mark.parametrize(
    ("change", "expected"), [each[1:3] for each in PROVIDERS], ids=[each[0] for each in PROVIDERS]
)
def test_create_capacity_provider_refuses(
    ecs: Any, client: Callable[..., Any], refused: Callable[..., str], change: Change, expected: str
) -> None:
    change = dict(change)
    request: Change = {"name": change.pop("name", "fleet")}
    request["autoScalingGroupProvider"] = {"autoScalingGroupArn": scaling_group(client), **change}
    if change.get("managedScaling", {}).get("targetCapacity") == 0:
        from ecs_kit import state

        from labs.sandbox.ecs.api.providers import create_capacity_provider
        from labs.sandbox.ecs.model.errors import ServiceException

        with pytest.raises(ServiceException, match=expected):  # boto3 refuses 0 before it is sent
            create_capacity_provider(state(), request)
        return
    assert refused(ecs.create_capacity_provider, **request).startswith(expected)


def test_termination_protection_needs_a_group_that_protects_its_instances(
    ecs: Any, client: Callable[..., Any], refused: Callable[..., str]
) -> None:
    """Source: hashicorp/terraform-provider-aws#11338."""
    provider = {
        "autoScalingGroupArn": scaling_group(client, protected=False),
        "managedScaling": {"status": "ENABLED"},
        "managedTerminationProtection": "ENABLED",
    }
    message = refused(ecs.create_capacity_provider, name="fleet", autoScalingGroupProvider=provider)
    assert "the Auto Scaling group must have instance protection from scale in enabled." in message


def test_a_cluster_refuses_an_unknown_capacity_provider(ecs: Any, refused: Callable[..., str]) -> None:
    """Source: terraform-aws-modules/terraform-aws-ecs#53."""
    expected = "InvalidParameterException: The specified capacity provider was not found."
    assert refused(ecs.create_cluster, clusterName="prod", capacityProviders=["none"]).startswith(expected)
    ecs.create_cluster(clusterName="prod")
    message = refused(
        ecs.put_cluster_capacity_providers,
        cluster="prod",
        capacityProviders=["none"],
        defaultCapacityProviderStrategy=[],
    )
    assert message.startswith(expected)


LIMITS: list[tuple[str, str, Change, str]] = [
    (
        "eleven services",
        "describe_services",
        {"services": ["s"] * 11},
        "service names can have at most 10 items.",
    ),
    ("no services", "describe_services", {"services": []}, "Services cannot be empty."),
    ("101 tasks", "describe_tasks", {"tasks": ["t"] * 101}, ""),
    ("no tasks", "describe_tasks", {"tasks": []}, "Tasks cannot be empty."),
    ("101 instances", "describe_container_instances", {"containerInstances": ["i"] * 101}, ""),
    ("a bad token", "list_services", {"nextToken": "!"}, ""),
    ("a page of 101", "list_services", {"maxResults": 101}, ""),
    ("a bad filter", "list_container_instances", {"filter": "attribute:a ="}, ""),
    ("a bad status", "list_tasks", {"desiredStatus": "DEAD"}, ""),
    (
        "an ARN of another kind",
        "describe_services",
        {"services": ["arn:aws:ecs:eu-west-1:123456789012:task/prod/1"]},
        "",
    ),
]


@pytest.mark.parametrize(
    ("operation", "request_", "message"), [each[1:] for each in LIMITS], ids=[each[0] for each in LIMITS]
)
def test_reads_refuse_too_much_and_nonsense(
    ecs: Any, refused: Callable[..., str], operation: str, request_: Change, message: str
) -> None:
    """The message about services is structurely/ecs-autoscale#32."""
    ecs.create_cluster(clusterName="prod")
    answer = refused(getattr(ecs, operation), cluster="prod", **request_)
    assert answer.startswith(f"InvalidParameterException: {message}")
