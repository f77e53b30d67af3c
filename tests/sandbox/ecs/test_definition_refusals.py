"""Task definitions that `RegisterTaskDefinition` refuses, with the message of AWS."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ecs_kit import CONTAINER, FARGATE

pytestmark = pytest.mark.slow


Change = dict[str, Any]


LOG = {"logDriver": "awslogs", "options": {"awslogs-group": "g", "awslogs-region": "eu-west-1"}}


ROLE = "arn:aws:iam::123456789012:role/r"


def container(**more: Any) -> list[Change]:
    return [{**CONTAINER, **more}]


def fargate(**more: Any) -> Change:
    return {**FARGATE, **more}


DEFINITIONS: list[tuple[str, Change, str, str]] = [
    # name, the request beyond family and one good container, what the error starts with, source
    (
        "fargate 256/4096",
        fargate(memory="4096"),
        "ClientException: No Fargate configuration exists for given values: 256 CPU, 4096 memory.",
        "docs: task-cpu-memory-error.html",
    ),
    (
        "fargate 8 vCPU with a step of 1 GB",
        fargate(cpu="8192", memory="17408"),
        "ClientException: No Fargate configuration exists",
        "docs: task-cpu-memory-error.html",
    ),
    (
        "fargate with less than 1 vCPU for Windows",
        fargate(runtimePlatform={"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}),
        "ClientException: No Fargate configuration exists",
        "docs: API_RegisterTaskDefinition.html (memory)",
    ),
    (
        "fargate without cpu",
        {**FARGATE, "cpu": ""},
        "InvalidParameterException: Invalid 'cpu' setting for task.",
        "oranmoshai/ecsServiceRestart#2",
    ),
    (
        "fargate without memory",
        {key: value for key, value in FARGATE.items() if key != "memory"},
        "ClientException: Fargate requires that 'memory' be defined at the task level.",
        "sense and the pattern of 'cpu'",
    ),
    (
        "fargate in bridge mode",
        fargate(networkMode="bridge"),
        "ClientException: Fargate only supports network mode ‘awsvpc’.",
        "docker/compose-cli, terraform examples",
    ),
    (
        "fargate without network mode",
        {key: value for key, value in FARGATE.items() if key != "networkMode"},
        "ClientException: Fargate only supports network mode ‘awsvpc’.",
        "checked against the API by cdk-preflight",
    ),
    (
        "fargate with awslogs and no execution role",
        fargate(containerDefinitions=container(logConfiguration=LOG)),
        "ClientException: Fargate requires task definition to have execution role ARN to support log driver awslogs.",
        "widely reported",
    ),
    (
        "fargate with an ECR image and no execution role",
        fargate(containerDefinitions=container(image="123456789012.dkr.ecr.eu-west-1.amazonaws.com/a:1")),
        "ClientException: Fargate requires task definition to have execution role ARN to support ECR images.",
        "widely reported",
    ),
    (
        "fargate with a host path",
        fargate(volumes=[{"name": "v", "host": {"sourcePath": "/data"}}]),
        "ClientException: Fargate compatible task definitions do not support sourcePath",
        "cdk-preflight",
    ),
    (
        "fargate with a placement constraint",
        fargate(placementConstraints=[{"type": "memberOf", "expression": "attribute:a == b"}]),
        "ClientException: Fargate compatible task definitions do not support constraints",
        "cdk-preflight",
    ),
    (
        "fargate with another log driver",
        fargate(containerDefinitions=container(logConfiguration={"logDriver": "json-file"})),
        "ClientException: json-file is not a valid log driver.",
        "sense",
    ),
    (
        "ephemeral storage of 500 GiB",
        fargate(ephemeralStorage={"sizeInGiB": 500}),
        "ClientException: EphemeralStorage size should be at most 200",
        "guardian/cdk#1101 for the pattern",
    ),
    (
        "ephemeral storage of 19 GiB",
        fargate(ephemeralStorage={"sizeInGiB": 19}),
        "ClientException: EphemeralStorage size should be at least 20",
        "guardian/cdk#1101 (21 on AWS)",
    ),
    (
        "awsvpc with another host port",
        {
            "networkMode": "awsvpc",
            "containerDefinitions": container(portMappings=[{"containerPort": 80, "hostPort": 8080}]),
        },
        "ClientException: When networkMode=awsvpc, the host ports and container ports in port mappings must match.",
        "widely reported",
    ),
    (
        "host mode with another host port",
        {
            "networkMode": "host",
            "containerDefinitions": container(portMappings=[{"containerPort": 80, "hostPort": 8080}]),
        },
        "ClientException: When networkMode=host, the host ports and container ports in port mappings must match.",
        "the pattern of awsvpc",
    ),
    ("unknown network mode", {"networkMode": "vpc"}, "InvalidParameterException: networkMode", "sense"),
    (
        "unknown compatibility",
        {"requiresCompatibilities": ["LAMBDA"]},
        "InvalidParameterException: requiresCompatibilities 'LAMBDA' is invalid",
        "sense",
    ),
    (
        "mount point of an undeclared volume",
        {"containerDefinitions": container(mountPoints=[{"sourceVolume": "data", "containerPath": "/data"}])},
        "ClientException: Unknown volume 'data'.",
        "ansible/ansible#35751",
    ),
    (
        "volumes from a container that is not there",
        {"containerDefinitions": container(volumesFrom=[{"sourceContainer": "side"}])},
        "ClientException: Invalid 'volumesFrom' setting. Unknown container: 'side'.",
        "eagletmt/hako#54",
    ),
    (
        "distinctInstance",
        {"placementConstraints": [{"type": "distinctInstance"}]},
        "ClientException: constraint.type 'distinctInstance' is not supported.",
        "aws-samples/aws-cdk-examples#628",
    ),
    (
        "an expression that does not parse",
        {"placementConstraints": [{"type": "memberOf", "expression": "attribute:a === b"}]},
        "ClientException: Invalid cluster query expression",
        "sense",
    ),
    (
        "two containers of one name",
        {"containerDefinitions": container() * 2},
        "ClientException: Container names must be unique within a Task Definition.",
        "Shippable/support#2946",
    ),
    (
        "no essential container",
        {"containerDefinitions": container(essential=False)},
        "ClientException: Task definition doesn't have any essential container.",
        "cdk-preflight",
    ),
    (
        "no container",
        {"containerDefinitions": []},
        "ClientException: Container list cannot be empty.",
        "sense",
    ),
    (
        "eleven containers",
        {"containerDefinitions": [{**CONTAINER, "name": f"c{number}"} for number in range(11)]},
        "ClientException: Too many containers",
        "reported by a user of terraform",
    ),
    (
        "a container without memory",
        {"containerDefinitions": [{"name": "web", "image": "nginx"}]},
        "ClientException: Invalid setting for container 'web'. "
        "At least one of 'memory' or 'memoryReservation' must be specified.",
        "sil-org/ecs-deploy#59",
    ),
    (
        "memoryReservation above memory",
        {"containerDefinitions": container(memory=128, memoryReservation=256)},
        "ClientException: Invalid setting for container 'web'.",
        "sense: API reference, ContainerDefinition",
    ),
    (
        "less memory than Docker needs",
        {"containerDefinitions": container(memory=4)},
        "ClientException: Invalid setting for container 'web'.",
        "sense: API reference, ContainerDefinition",
    ),
    (
        "container memory above the task's",
        fargate(containerDefinitions=container(memory=1024)),
        "ClientException: The 'memory' setting for container 'web' is greater than for the task.",
        "pulumi/pulumi-awsx#1220",
    ),
    (
        "reservations above the task's memory",
        fargate(
            containerDefinitions=[
                {"name": name, "image": "nginx", "memoryReservation": 300} for name in ("one", "two")
            ]
        ),
        "ClientException: The sum of all container 'memoryReservation' values cannot be greater than "
        "the value of the task 'memory'.",
        "cloudnativedaysjp/dreamkast-infra#4766",
    ),
    (
        "container CPU above the task's",
        fargate(containerDefinitions=container(cpu=512)),
        "ClientException: Total cpu of containers",
        "sense",
    ),
    (
        "a name with a space",
        {"containerDefinitions": container(name="my web")},
        "ClientException: Container.name contains invalid characters.",
        "ansible/ansible#22860",
    ),
    (
        "an image with a space",
        {"containerDefinitions": container(image="nginx latest")},
        "ClientException: Container.image contains invalid characters.",
        "the pattern of Container.name",
    ),
    (
        "no image",
        {"containerDefinitions": [{"name": "web", "memory": 64}]},
        "ClientException: Container.image should not be null or empty.",
        "prefect-archive/prefect-aws#159",
    ),
    (
        "no name",
        {"containerDefinitions": [{"image": "nginx", "memory": 64}]},
        "ClientException: Container.name should not be null or empty.",
        "awsdocs/aws-cloudformation-user-guide#612",
    ),
    (
        "a family with a space",
        {"family": "my web"},
        "ClientException: Family contains invalid characters.",
        "widely reported",
    ),
    (
        "a volume of two kinds",
        {
            "volumes": [
                {
                    "name": "v",
                    "host": {"sourcePath": "/v"},
                    "efsVolumeConfiguration": {"fileSystemId": "fs-12345678"},
                }
            ]
        },
        "ClientException: Volume 'v' is invalid",
        "sense",
    ),
    (
        "EFS and configured at launch",
        {
            "volumes": [
                {
                    "name": "v",
                    "configuredAtLaunch": True,
                    "efsVolumeConfiguration": {"fileSystemId": "fs-12345678"},
                }
            ]
        },
        "ClientException: Volume 'v' is invalid",
        "sense",
    ),
    (
        "an access point without encryption",
        {
            "volumes": [
                {
                    "name": "v",
                    "efsVolumeConfiguration": {
                        "fileSystemId": "fs-12345678",
                        "authorizationConfig": {"accessPointId": "fsap-1"},
                    },
                }
            ]
        },
        "ClientException: Transit encryption must be enabled",
        "sense: API reference, EFSAuthorizationConfig",
    ),
    (
        "encryption that is neither on nor off",
        {
            "volumes": [
                {
                    "name": "v",
                    "efsVolumeConfiguration": {"fileSystemId": "fs-12345678", "transitEncryption": "YES"},
                }
            ]
        },
        "InvalidParameterException: transitEncryption 'YES' is invalid",
        "sense",
    ),
    (
        "two volumes of one name",
        {"volumes": [{"name": "v"}] * 2},
        "ClientException: Volume names must be unique",
        "sense",
    ),
    (
        "a dependency that is not there",
        {"containerDefinitions": container(dependsOn=[{"containerName": "db", "condition": "START"}])},
        "ClientException: Cannot depend on container + 'db' because it does not exist",
        "stackd",
    ),
    (
        "containers that wait for each other",
        {
            "containerDefinitions": [
                *container(name="a", dependsOn=[{"containerName": "b", "condition": "START"}]),
                *container(name="b", dependsOn=[{"containerName": "a", "condition": "START"}]),
            ]
        },
        "ClientException: Container dependencies should not have a cycle",
        "Shippable/support#4194, about links",
    ),
    (
        "a container that is linked to itself",
        {"containerDefinitions": container(name="a", links=["a:me"])},
        "ClientException: Container links should not have a cycle",
        "Shippable/support#4194",
    ),
    (
        "a log driver that nobody has",
        {"containerDefinitions": container(logConfiguration={"logDriver": "cloudwatch"})},
        "InvalidParameterException: logDriver 'cloudwatch' is invalid",
        "sense",
    ),
    (
        "awslogs without a group",
        {
            "containerDefinitions": container(
                logConfiguration={"logDriver": "awslogs", "options": {"awslogs-region": "eu-west-1"}}
            )
        },
        "ClientException: Log driver awslogs requires options: awslogs-group",
        "widely reported",
    ),
]


@pytest.mark.parametrize(
    ("change", "expected"), [each[1:3] for each in DEFINITIONS], ids=[each[0] for each in DEFINITIONS]
)
def test_register_task_definition_refuses(
    ecs: Any, refused: Callable[..., str], change: Change, expected: str
) -> None:
    request = {"family": "web", "containerDefinitions": container(), **change}
    assert refused(ecs.register_task_definition, **request).startswith(expected)
    assert ecs.list_task_definitions()["taskDefinitionArns"] == []
