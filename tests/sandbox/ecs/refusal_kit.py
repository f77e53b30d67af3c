"""A world for refused requests, and changes to a request."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from ecs_kit import FARGATE, REGION, define, infrastructure_role, join, network, target_group

from tests.builders import embedded_aws

Change = dict[str, Any]


ROLE = "arn:aws:iam::123456789012:role/ebs"


World = dict[str, Any]


@contextmanager
def refusal_world() -> Iterator[World]:
    """A cluster, task definitions of each kind, what services refer to, and a service `web`; no refusal changes it."""
    import boto3

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        patch.setenv("AWS_DEFAULT_REGION", REGION)
        patch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
        with embedded_aws():
            yield build(boto3.client)


def build(client: Callable[..., Any]) -> World:
    ecs = client("ecs")
    ecs.create_cluster(clusterName="prod", capacityProviders=["FARGATE", "FARGATE_SPOT"])
    join()
    for family, more in {"bridge": {}, "vpc": {"networkMode": "awsvpc"}, "fargate": FARGATE}.items():
        define(ecs, family, **more)
    define(ecs, "gone")
    ecs.deregister_task_definition(taskDefinition="gone:1")
    define(ecs, "disk", volumes=[{"name": "scratch", "configuredAtLaunch": True}])
    ecs.create_service(cluster="prod", serviceName="web", taskDefinition="bridge", desiredCount=1)
    assert infrastructure_role(client) == ROLE
    return {
        "ecs": ecs,
        "net": network(client, public=False),
        "group": target_group(client),
        "ip": target_group(client, "ip", name="ip"),
        "idle": target_group(client, listened=False, name="idle"),
    }


def balanced(group: str, **more: Any) -> Callable[[World], Change]:
    return lambda world: {
        "loadBalancers": [
            {"targetGroupArn": world.get(group, group), "containerName": "web", "containerPort": 80, **more}
        ]
    }


def fixed(**change: Any) -> Callable[[World], Change]:
    return lambda _: change


def networked(**change: Any) -> Callable[[World], Change]:
    return lambda world: {"networkConfiguration": world["net"], **change}


def subnet(name: str) -> Change:
    return {"networkConfiguration": {"awsvpcConfiguration": {"subnets": [name]}}}


MISSING_GROUP = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/none/0123456789abcdef"


SPOT = [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]
