"""Refusals of services and tasks by the embedded ECS; `source` is as in test_ecs_refusals.py.

Nothing that is refused may change anything, so that one world serves every case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from ecs_kit import service
from refusal_kit import (
    MISSING_GROUP,
    ROLE,
    SPOT,
    Change,
    World,
    balanced,
    fixed,
    networked,
    refusal_world,
    subnet,
)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with refusal_world() as made:
        yield made


SERVICES: list[tuple[str, Callable[[World], Change], str, str]] = [
    # name, the request beyond cluster, name, task definition "bridge" and a desired count of 1, the error, source
    (
        "unknown cluster",
        fixed(cluster="none"),
        "ClusterNotFoundException: Cluster not found.",
        "widely reported",
    ),
    (
        "unknown task definition",
        fixed(taskDefinition="none"),
        "ClientException: TaskDefinition not found.",
        "widely reported",
    ),
    (
        "inactive revision",
        fixed(taskDefinition="gone:1"),
        "ClientException: TaskDefinition is inactive",
        "widely reported",
    ),
    (
        "launch type and strategy",
        networked(taskDefinition="fargate", launchType="FARGATE", capacityProviderStrategy=SPOT),
        "InvalidParameterException: Specifying both a launch type and capacity provider strategy is not supported. "
        "Remove one and try again.",
        "terraform users, four times",
    ),
    (
        "an EC2-only task definition on Fargate",
        fixed(launchType="FARGATE"),
        "InvalidParameterException: Task definition does not support launch_type FARGATE.",
        "oranmoshai/ecsServiceRestart#2",
    ),
    (
        "an EC2-only task definition on Fargate Spot",
        fixed(capacityProviderStrategy=SPOT),
        "InvalidParameterException: Task definition does not support launch_type FARGATE.",
        "the pattern of the launch type",
    ),
    (
        "a placement strategy on Fargate",
        networked(taskDefinition="fargate", launchType="FARGATE", placementStrategy=[{"type": "random"}]),
        "InvalidParameterException: Placement strategies are not supported with FARGATE launch type.",
        "terraform users",
    ),
    (
        "a placement constraint on Fargate",
        networked(
            taskDefinition="fargate",
            launchType="FARGATE",
            placementConstraints=[{"type": "distinctInstance"}],
        ),
        "InvalidParameterException: Placement constraints are not supported with FARGATE launch type.",
        "the pattern of strategies",
    ),
    (
        "unknown strategy",
        fixed(placementStrategy=[{"type": "pack"}]),
        "InvalidParameterException: Placement strategy type 'pack' is invalid",
        "sense",
    ),
    (
        "unknown field",
        fixed(placementStrategy=[{"type": "binpack", "field": "disk"}]),
        "InvalidParameterException: binpack field 'disk' is invalid",
        "sense",
    ),
    (
        "six strategies",
        fixed(placementStrategy=[{"type": "random"}] * 6),
        "InvalidParameterException: Too many placement strategies",
        "sense: CreateService",
    ),
    (
        "eleven constraints",
        fixed(placementConstraints=[{"type": "memberOf", "expression": "attribute:a == b"}] * 11),
        "InvalidParameterException: Too many placement constraints",
        "sense: CreateService",
    ),
    (
        "distinctInstance with an expression",
        fixed(placementConstraints=[{"type": "distinctInstance", "expression": "attribute:a == b"}]),
        "InvalidParameterException: distinctInstance expression should not be specified.",
        "hashicorp/terraform#11471",
    ),
    (
        "a bad expression",
        fixed(placementConstraints=[{"type": "memberOf", "expression": "attribute:a ="}]),
        "InvalidParameterException: Invalid cluster query expression",
        "sense",
    ),
    (
        "awsvpc without network configuration",
        fixed(taskDefinition="vpc"),
        "InvalidParameterException: Network Configuration must be provided when networkMode 'awsvpc' is specified.",
        "fabfuel/ecs-deploy#133",
    ),
    (
        "bridge with network configuration",
        networked(),
        "InvalidParameterException: Network Configuration is not valid for the given networkMode of this task "
        "definition.",
        "DataDog/test-infra-definitions#57",
    ),
    (
        "no such subnet",
        fixed(taskDefinition="vpc", **subnet("subnet-0123456789abcdef0")),
        "InvalidParameterException: Error retrieving subnet information for [subnet-0123456789abcdef0]: "
        "The subnet ID 'subnet-0123456789abcdef0' does not exist (ErrorCode: InvalidSubnetID.NotFound)",
        "moto, from AWS",
    ),
    (
        "no such security group",
        lambda world: {
            "taskDefinition": "vpc",
            "networkConfiguration": {
                "awsvpcConfiguration": {
                    **world["net"]["awsvpcConfiguration"],
                    "securityGroups": ["sg-0123456789abcdef0"],
                }
            },
        },
        "InvalidParameterException: Error retrieving security group information for [sg-0123456789abcdef0]",
        "moto, from AWS",
    ),
    (
        "a public address on EC2",
        lambda world: {
            "taskDefinition": "vpc",
            "networkConfiguration": {
                "awsvpcConfiguration": {**world["net"]["awsvpcConfiguration"], "assignPublicIp": "ENABLED"}
            },
        },
        "InvalidParameterException: Assign public IP is not supported for this launch type.",
        "terraform users",
    ),
    (
        "no such target group",
        balanced(MISSING_GROUP),
        "InvalidParameterException: Unable to assume role and validate the specified targetGroupArn.",
        "Shippable/support#4698",
    ),
    (
        "a target group without load balancer",
        balanced("idle"),
        "InvalidParameterException: The target group with targetGroupArn ",
        "hashicorp/terraform#32908",
    ),
    (
        "an ip target group in bridge mode",
        balanced("ip"),
        "InvalidParameterException: The provided target group ",
        "hashicorp/terraform-provider-aws#11723 for the pattern",
    ),
    (
        "a container that is not there",
        balanced("group", containerName="app"),
        "InvalidParameterException: The container app does not exist in the task definition.",
        "aws/amazon-ecs-agent#1276",
    ),
    (
        "a port that the container does not have",
        balanced("group", containerPort=8080),
        "InvalidParameterException: The container web did not have a container port 8080 defined.",
        "widely reported",
    ),
    (
        "a load balancer without container",
        balanced("group", containerName=""),
        "InvalidParameterException: Container Name can not be blank.",
        "aws/amazon-ecs-cli#359",
    ),
    (
        "a role without load balancer",
        fixed(role="r"),
        "InvalidParameterException: You cannot specify an IAM role for services that do not use a load balancer.",
        "sense: CreateService",
    ),
    (
        "a platform version on EC2",
        fixed(platformVersion="1.4.0"),
        "InvalidParameterException: The platform version must be null when specifying an EC2 launch type.",
        "ansible-collections/community.aws#770",
    ),
    (
        "an unknown platform version",
        networked(taskDefinition="fargate", launchType="FARGATE", platformVersion="2.0"),
        "PlatformUnknownException: The specified platform version does not exist.",
        "API reference, CreateService",
    ),
    (
        "an unknown launch type",
        fixed(launchType="LAMBDA"),
        "InvalidParameterException: launchType 'LAMBDA' is invalid",
        "sense",
    ),
    (
        "a provider that the cluster does not have",
        fixed(capacityProviderStrategy=[{"capacityProvider": "fleet", "weight": 1}]),
        "InvalidParameterException: The specified capacity provider strategy cannot contain a capacity provider that "
        "is not associated with the cluster.",
        "dask/dask-cloudprovider#328",
    ),
    (
        "two bases",
        networked(
            taskDefinition="fargate",
            capacityProviderStrategy=[
                {"capacityProvider": name, "weight": 1, "base": 1} for name in ("FARGATE", "FARGATE_SPOT")
            ],
        ),
        "InvalidParameterException: Only one capacity provider",
        "sense: CapacityProviderStrategyItem",
    ),
    (
        "weights of 0 only",
        networked(
            taskDefinition="fargate",
            capacityProviderStrategy=[
                {"capacityProvider": name, "weight": 0} for name in ("FARGATE", "FARGATE_SPOT")
            ],
        ),
        "InvalidParameterException: There are no capacity providers in the capacity provider strategy with a weight",
        "rule pf-ecs-svc-capacity-provider-zero-weight of cdk-preflight",
    ),
    (
        "percentages that block deployments",
        fixed(deploymentConfiguration={"minimumHealthyPercent": 100, "maximumPercent": 100}),
        "InvalidParameterException: Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block "
        "deployments.",
        "widely reported",
    ),
    (
        "a negative count",
        fixed(desiredCount=-1),
        "InvalidParameterException: The desired count must not be negative.",
        "sense",
    ),
    (
        "no count",
        fixed(desiredCount=None),
        "InvalidParameterException: A desired count must be specified",
        "sense: CreateService",
    ),
    (
        "a daemon with a count",
        fixed(schedulingStrategy="DAEMON"),
        "InvalidParameterException: The daemon scheduling strategy does not support a desired count for services.",
        "widely reported",
    ),
    (
        "a daemon on Fargate",
        networked(
            taskDefinition="fargate", launchType="FARGATE", schedulingStrategy="DAEMON", desiredCount=None
        ),
        "InvalidParameterException: The Fargate launch type does not support the DAEMON",
        "sense: CreateService",
    ),
    (
        "ECS Exec without a task role",
        fixed(enableExecuteCommand=True),
        "InvalidParameterException: The service couldn't be updated because a valid taskRoleArn is not being used.",
        "widely reported",
    ),
    (
        "a name with a space",
        fixed(serviceName="my web"),
        "InvalidParameterException: Service name must match",
        "sense",
    ),
    (
        "no configuration for a volume at launch",
        fixed(taskDefinition="disk"),
        "InvalidParameterException: The volume 'scratch' is configured at launch",
        "sense: developer guide, ebs-volumes.html",
    ),
    (
        "configuration for a volume that is not at launch",
        fixed(
            volumeConfigurations=[{"name": "scratch", "managedEBSVolume": {"roleArn": ROLE, "sizeInGiB": 50}}]
        ),
        "InvalidParameterException: The volume 'scratch' is not configured at launch",
        "sense",
    ),
    (
        "an EBS volume without size",
        fixed(
            taskDefinition="disk",
            volumeConfigurations=[{"name": "scratch", "managedEBSVolume": {"roleArn": ROLE}}],
        ),
        "InvalidParameterException: Either a size or a snapshot must be specified",
        "sense",
    ),
    (
        "a Service Connect port that is not named",
        fixed(serviceConnectConfiguration={"enabled": True, "services": [{"portName": "http"}]}),
        "InvalidParameterException: Service Connect portName 'http'",
        "sense",
    ),
]


@pytest.mark.parametrize(
    ("change", "expected"), [each[1:3] for each in SERVICES], ids=[each[0] for each in SERVICES]
)
def test_create_service_refuses(
    world: World, refused: Callable[..., str], change: Callable[[World], Change], expected: str
) -> None:
    ecs = world["ecs"]
    request = {
        "cluster": "prod",
        "serviceName": "new",
        "taskDefinition": "bridge",
        "desiredCount": 1,
        **change(world),
    }
    request = {name: value for name, value in request.items() if value is not None}
    assert refused(ecs.create_service, **request).startswith(expected)
    assert len(ecs.list_services(cluster="prod")["serviceArns"]) == 1


ONLY_AT_CREATION = {  # they need a parameter that UpdateService does not have
    "unknown cluster",
    "no count",
    "a name with a space",
    "launch type and strategy",
    "an EC2-only task definition on Fargate",
    "a placement strategy on Fargate",
    "a placement constraint on Fargate",
    "a role without load balancer",
    "an unknown platform version",
    "an unknown launch type",
    "a daemon with a count",
    "a daemon on Fargate",
}
UPDATES = [each for each in SERVICES if each[0] not in ONLY_AT_CREATION]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "expected"), [each[1:3] for each in UPDATES], ids=[each[0] for each in UPDATES]
)
def test_update_service_refuses_the_same_and_changes_nothing(
    world: World, refused: Callable[..., str], change: Callable[[World], Change], expected: str
) -> None:
    ecs = world["ecs"]
    before = service(ecs)
    request = {"cluster": "prod", "service": "web", **change(world)}
    assert refused(ecs.update_service, **request).startswith(expected)
    assert service(ecs) == before
