"""What the embedded ECS refuses, each with AWS's error code, and with AWS's words where somebody reported them.

`source` says where a message was seen; "sense" marks a refusal that AWS documents and words of our own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ecs_kit import CONTAINER, FARGATE, define, scaling_group

pytestmark = pytest.mark.slow

Change = dict[str, Any]

LOG = {"logDriver": "awslogs", "options": {"awslogs-group": "g", "awslogs-region": "eu-west-1"}}
ROLE = "arn:aws:iam::123456789012:role/r"


def container(**more: Any) -> list[Change]:
    return [{**CONTAINER, **more}]


def fargate(**more: Any) -> Change:
    return {**FARGATE, **more}


DEFINITIONS: list[tuple[str, Change, str, str]] = [
    # name, the request beyond family and one good container, what the error begins with, source
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
        "ClientException: Fargate compatible task definitions do not support placementConstraints",
        "sense",
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
