"""Task definitions of the embedded ECS: defaults, revisions, lists."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ecs_kit import CONTAINER, FARGATE, define


def described(ecs: Any, name: str) -> dict[str, Any]:
    found: dict[str, Any] = ecs.describe_task_definition(taskDefinition=name)["taskDefinition"]
    return found


def test_a_container_gets_the_defaults_that_aws_fills_in(ecs: Any) -> None:
    define(ecs)
    container = described(ecs, "web")["containerDefinitions"][0]
    assert container["cpu"] == 0
    assert container["essential"] is True
    assert container["portMappings"] == [{"containerPort": 80, "hostPort": 0, "protocol": "tcp"}]
    assert container["environment"] == container["mountPoints"] == container["volumesFrom"] == []


@pytest.mark.parametrize(("mode", "port"), [("bridge", 0), ("awsvpc", 80), ("host", 80)])
def test_a_missing_host_port_is_dynamic_only_in_bridge_mode(ecs: Any, mode: str, port: int) -> None:
    define(ecs, networkMode=mode)
    assert described(ecs, "web")["containerDefinitions"][0]["portMappings"][0]["hostPort"] == port


def test_memory_reservation_alone_is_enough_on_ec2(ecs: Any) -> None:
    define(ecs, containerDefinitions=[{"name": "web", "image": "nginx", "memoryReservation": 64}])
    assert described(ecs, "web")["containerDefinitions"][0]["memoryReservation"] == 64


def test_who_registered_a_revision_and_when_is_reported(ecs: Any) -> None:
    define(ecs)
    document = described(ecs, "web")
    assert document["registeredBy"].startswith("arn:aws:")
    assert document["registeredAt"]


def test_a_family_alone_is_its_newest_active_revision(ecs: Any) -> None:
    for _ in range(3):
        define(ecs)
    ecs.deregister_task_definition(taskDefinition="web:3")
    assert described(ecs, "web")["revision"] == 2


def test_an_inactive_revision_can_still_be_described(ecs: Any) -> None:
    arn = define(ecs)
    ecs.deregister_task_definition(taskDefinition=arn)
    assert described(ecs, "web:1")["status"] == described(ecs, arn)["status"] == "INACTIVE"
    assert described(ecs, arn)["deregisteredAt"]


def test_a_family_without_active_revisions_cannot_be_described(ecs: Any, refused: Callable[..., str]) -> None:
    define(ecs)
    ecs.deregister_task_definition(taskDefinition="web:1")
    message = refused(ecs.describe_task_definition, taskDefinition="web")
    assert message == "ClientException: Unable to describe task definition."


def test_a_revision_number_is_never_used_again(ecs: Any) -> None:
    define(ecs)
    ecs.deregister_task_definition(taskDefinition="web:1")
    ecs.delete_task_definitions(taskDefinitions=["web:1"])
    assert define(ecs).endswith("web:2")


def test_only_inactive_revisions_are_deleted(ecs: Any) -> None:
    define(ecs)
    define(ecs)
    ecs.deregister_task_definition(taskDefinition="web:1")
    answer = ecs.delete_task_definitions(taskDefinitions=["web:1", "web:2", "web:9", "web"])
    assert [each["revision"] for each in answer["taskDefinitions"]] == [1]
    assert [each["arn"] for each in answer["failures"]] == ["web:2", "web:9", "web"]


def test_units_may_be_spelled(ecs: Any) -> None:
    define(ecs, **{**FARGATE, "cpu": "1 vCPU", "memory": "2 GB"})
    document = described(ecs, "web")
    assert (document["cpu"], document["memory"]) == ("1024", "2048")


@pytest.mark.parametrize(
    ("text", "name", "number"),
    [
        (".25 vCPU", "cpu", "256"),
        ("0.5 vcpu", "cpu", "512"),
        ("0.5GB", "memory", "512"),
        ("30 gb", "memory", "30720"),
    ],
)
def test_spelled_units_are_plain_numbers_afterwards(text: str, name: str, number: str) -> None:
    from labs.sandbox.ecs.rules.definition_rules import units

    assert units(text, name) == number


@pytest.mark.parametrize("text", ["", "none", "-256", "1 GB of memory", "0", "0.3 vCPU", "2 TB", "1e3"])
def test_other_spellings_are_refused(text: str) -> None:
    from labs.sandbox.ecs.model.errors import ServiceException
    from labs.sandbox.ecs.rules.definition_rules import units

    with pytest.raises(ServiceException, match="Invalid 'cpu' setting for task"):
        units(text, "cpu")


def test_fargate_sizes_are_the_documented_ones() -> None:
    """As the developer guide lists them (task-cpu-memory-error.html)."""
    from labs.sandbox.ecs.rules.fargate import SIZES

    gib = {  # least, most, step
        512: (1, 4, 1),
        1024: (2, 8, 1),
        2048: (4, 16, 1),
        4096: (8, 30, 1),
        8192: (16, 60, 4),
        16384: (32, 120, 8),
    }
    documented = {
        cpu: [1024 * size for size in range(least, most + 1, step)]
        for cpu, (least, most, step) in gib.items()
    }
    assert {cpu: list(sizes) for cpu, sizes in SIZES.items()} == {256: [512, 1024, 2048], **documented}


@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        ({}, ["EXTERNAL", "EC2"]),
        ({"networkMode": "awsvpc"}, ["EC2"]),
        ({**FARGATE, "requiresCompatibilities": ["EC2"]}, ["EC2", "MANAGED_INSTANCES", "FARGATE"]),
        (FARGATE, ["EC2", "MANAGED_INSTANCES", "FARGATE"]),
    ],
    ids=["bridge", "awsvpc without size", "valid for both", "fargate"],
)
def test_compatibilities_are_what_the_definition_is_valid_for(
    ecs: Any, definition: Any, expected: Any
) -> None:
    define(ecs, **definition)
    assert described(ecs, "web")["compatibilities"] == expected


def test_what_needs_nothing_of_an_agent_has_no_list_of_it(ecs: Any) -> None:
    """Recorded answers leave the key out."""
    container = {"name": "web", "image": "public.ecr.aws/docker/library/httpd:2.4", "memory": 64}
    made = ecs.register_task_definition(family="bare", containerDefinitions=[container])["taskDefinition"]
    assert "requiresAttributes" not in made


def test_what_the_definition_needs_of_an_agent_is_listed(ecs: Any) -> None:
    log = {"logDriver": "awslogs", "options": {"awslogs-group": "g", "awslogs-region": "eu-west-1"}}
    define(
        ecs,
        container={"logConfiguration": log, "image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/web"},
        taskRoleArn="arn:aws:iam::123456789012:role/task",
        executionRoleArn="arn:aws:iam::123456789012:role/execution",
    )
    names = {each["name"] for each in described(ecs, "web")["requiresAttributes"]}
    assert {
        "com.amazonaws.ecs.capability.task-iam-role",
        "com.amazonaws.ecs.capability.logging-driver.awslogs",
        "com.amazonaws.ecs.capability.ecr-auth",
        "ecs.capability.execution-role-awslogs",
        "ecs.capability.execution-role-ecr-pull",
    } <= names


@pytest.mark.parametrize("field", ["taskRoleArn", "executionRoleArn"])
@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("starter", "arn:aws:iam::123456789012:role/starter"),
        ("team/starter", "arn:aws:iam::123456789012:role/team/starter"),
        ("arn:aws:iam::210987654321:role/starter", "arn:aws:iam::210987654321:role/starter"),
    ],
    ids=["name", "path", "arn"],
)
def test_a_role_that_is_given_by_its_name_is_kept_by_its_arn(
    ecs: Any, field: str, given: str, kept: str
) -> None:
    roles: dict[str, Any] = {field: given}
    define(ecs, **roles)
    assert described(ecs, "web")[field] == kept


def test_every_requirement_is_one_that_agents_have_or_that_is_configured(ecs: Any) -> None:
    """Otherwise a task could never be placed."""
    from labs.sandbox.ecs.rules.requirements import EVERY_AGENT, TASK_ROLE, TASK_ROLE_HOST

    rich = {
        "healthCheck": {"command": ["CMD", "true"]},
        "privileged": True,
        "dependsOn": [],
        "secrets": [
            {"name": "A", "valueFrom": "arn:aws:secretsmanager:eu-west-1:1:secret:a"},
            {"name": "B", "valueFrom": "/b"},
        ],
        "environmentFiles": [{"value": "arn:aws:s3:::b/e.env", "type": "s3"}],
        "memoryReservation": 64,
    }
    volumes = [
        {
            "name": "efs",
            "efsVolumeConfiguration": {
                "fileSystemId": "fs-12345678",
                "authorizationConfig": {"iam": "DISABLED"},
            },
        },
        {"name": "docker", "dockerVolumeConfiguration": {"scope": "task"}},
        {"name": "ebs", "configuredAtLaunch": True},
    ]
    for mode in ("bridge", "host", "awsvpc"):
        define(
            ecs,
            "rich",
            container=rich,
            volumes=volumes,
            networkMode=mode,
            taskRoleArn="arn:r",
            pidMode="host",
            cpu="256",
        )
        needed = {each["name"] for each in described(ecs, "rich")["requiresAttributes"]}
        assert needed <= {*EVERY_AGENT, TASK_ROLE, TASK_ROLE_HOST}


def test_lists_are_paged_and_sorted_by_family_and_number(ecs: Any) -> None:
    for family in ("b", "a"):
        for _ in range(11):
            define(ecs, family)
    pages = ecs.get_paginator("list_task_definitions").paginate(PaginationConfig={"PageSize": 5})
    names = [arn.rpartition("/")[2] for page in pages for arn in page["taskDefinitionArns"]]
    assert names == [f"{family}:{number}" for family in "ab" for number in range(1, 12)]
    answer = ecs.list_task_definitions(familyPrefix="a", sort="DESC", maxResults=1)
    assert answer["taskDefinitionArns"][0].endswith("a:11")


def test_a_family_prefix_is_a_prefix_only_for_families(ecs: Any) -> None:
    for family in ("web", "web-old"):
        define(ecs, family)
    assert len(ecs.list_task_definitions(familyPrefix="web")["taskDefinitionArns"]) == 1
    assert ecs.list_task_definition_families(familyPrefix="web")["families"] == ["web", "web-old"]


def test_families_are_listed_by_whether_they_have_an_active_revision(ecs: Any) -> None:
    for family in ("gone", "here"):
        define(ecs, family)
    ecs.deregister_task_definition(taskDefinition="gone:1")
    assert ecs.list_task_definition_families()["families"] == ["gone", "here"]
    assert ecs.list_task_definition_families(status="ACTIVE")["families"] == ["here"]
    assert ecs.list_task_definition_families(status="INACTIVE")["families"] == ["gone"]
    assert ecs.list_task_definitions()["taskDefinitionArns"][0].endswith("here:1")
    assert ecs.list_task_definitions(status="INACTIVE")["taskDefinitionArns"][0].endswith("gone:1")


def test_tags_are_told_where_they_are_asked_for(ecs: Any) -> None:
    tags = [{"key": "team", "value": "blue"}]
    define(ecs, tags=tags)
    assert ecs.describe_task_definition(taskDefinition="web", include=["TAGS"])["tags"] == tags
    assert "tags" not in ecs.describe_task_definition(taskDefinition="web")


def test_the_request_is_not_changed_by_what_happens_to_the_definition(ecs: Any) -> None:
    define(ecs)
    assert CONTAINER["portMappings"] == [{"containerPort": 80}]
