"""Mount targets, whose groups need only allow the tasks of their own zone, and the tasks of the services."""

from typing import Any

import pytest

from labs.packs.aws_ecs.checks import ecs_efs_volume as lab
from labs.sdk import Failed, Outcome, Passed
from tests.checks.canned import Answer, answering

NAMES = {
    "cluster": "labs-efs",
    "writer": "writer",
    "reader": "reader",
    "family_writer": "labs-efs-writer",
    "family_reader": "labs-efs-reader",
}
DEFINED: Answer = (
    "describe_task_definition",
    {
        "taskDefinition": {
            "family": "labs-efs",
            "revision": 1,
            "volumes": [{"name": "v", "efsVolumeConfiguration": {"fileSystemId": "fs-1"}}],
            "containerDefinitions": [{"name": "c"}],
        }
    },
)
ZONES = {"a": "10.0.1.0/24", "b": "10.0.2.0/24", "c": "10.0.3.0/24"}


def subnets(zones: str) -> Answer:
    found = [
        {
            "SubnetId": f"subnet-0000000{zone}",
            "VpcId": "vpc-1",
            "AvailabilityZone": f"eu-west-1{zone}",
            "CidrBlock": ZONES[zone],
        }
        for zone in zones
    ]
    return "describe_subnets", {"Subnets": found}


def service(zones: str) -> Answer:
    network = {"subnets": [f"subnet-0000000{zone}" for zone in zones], "securityGroups": ["sg-tasks"]}
    found = {"status": "ACTIVE", "networkConfiguration": {"awsvpcConfiguration": network}}
    return "describe_services", {"services": [found]}


def target(zone: str) -> dict[str, Any]:
    return {
        "MountTargetId": f"fsmt-0000000{zone}",
        "FileSystemId": "fs-1",
        "SubnetId": f"subnet-0000000{zone}",
        "LifeCycleState": "available",
    }


def group(admits: str) -> Answer:
    rule = {"IpProtocol": "tcp", "FromPort": 2049, "ToPort": 2049, "IpRanges": [{"CidrIp": admits}]}
    return "describe_security_groups", {
        "SecurityGroups": [{"GroupId": "sg-0000000f", "IpPermissions": [rule]}]
    }


def admitted(used: str, targets: dict[str, str]) -> Outcome:
    """The outcome for services in these zones, and mount targets by zone, each with whom it admits."""
    asked = [zone for zone in targets if zone in used]
    of_groups: Answer = "describe_mount_target_security_groups", {"SecurityGroups": ["sg-0000000f"]}
    account = answering(
        ecs=[DEFINED, DEFINED, service(used), service(used)],
        efs=[
            ("describe_mount_targets", {"MountTargets": list(map(target, targets))}),
            *[of_groups] * 2 * len(asked),
        ],
        ec2=[
            subnets("".join(targets)),
            *[subnets(used), *(group(targets[zone]) for zone in asked)] * 2,
        ],
    )
    return lab.mount_targets_allow_the_tasks(account, NAMES)


@pytest.mark.parametrize(
    ("used", "targets"),
    [
        ("ab", {"a": ZONES["a"], "b": ZONES["b"]}),
        ("ab", {"a": "10.0.0.0/16", "b": "0.0.0.0/0"}),
        ("ab", {"c": "192.168.0.0/16", "a": ZONES["a"], "b": ZONES["b"]}),
    ],
    ids=["its own zone", "more", "a zone that nobody uses"],
)
def test_a_mount_target_need_only_admit_the_tasks_of_its_zone(used: str, targets: dict[str, str]) -> None:
    assert isinstance(admitted(used, targets), Passed)


@pytest.mark.parametrize(
    "targets",
    [
        {"a": ZONES["b"], "b": ZONES["a"]},
        {"a": ZONES["a"], "b": ZONES["a"]},
        {"a": "10.0.1.0/25", "b": ZONES["b"]},
    ],
    ids=["crossed", "one zone", "half a zone"],
)
def test_a_mount_target_that_admits_others_is_closed(targets: dict[str, str]) -> None:
    assert isinstance(admitted("ab", targets), Failed)


def counted(*revisions: int) -> list[Answer]:
    """The answers for a service of revision 2, with running tasks of these revisions."""
    found = {"status": "ACTIVE", "taskDefinition": "task-definition/labs-efs:2"}
    described: Answer = ("describe_services", {"services": [found]})
    tasks = [
        {
            "taskArn": f"task-{number}",
            "lastStatus": "RUNNING",
            "taskDefinitionArn": f"task-definition/labs-efs:{each}",
        }
        for number, each in enumerate(revisions)
    ]
    answers: list[Answer] = [described, ("list_tasks", {"taskArns": [each["taskArn"] for each in tasks]})]
    answers += [("describe_tasks", {"tasks": tasks})] if tasks else []
    return answers if revisions.count(2) >= lab.TASKS else [*answers, described]


@pytest.mark.parametrize(
    ("writer", "reader", "message"),
    [
        ([2, 2], [2, 2], ""),
        ([2, 2, 2], [1, 2, 2], ""),
        ([], [2, 2], "0 of 2 tasks of labs-efs:2 are running"),
        ([2, 2], [], "0 of 2 tasks"),
        ([], [], "0 of 2 tasks"),
        ([2, 2], [1, 1, 2], "1 of 2 tasks of labs-efs:2"),
    ],
)
def test_two_tasks_of_each_service_run(writer: list[int], reader: list[int], message: str) -> None:
    """Tasks of an earlier revision, which ECS keeps until the new ones run, do not count."""
    account = answering(ecs=[*counted(*writer), *counted(*reader)])
    found = lab.tasks_of_both_are_running(account, NAMES)
    assert isinstance(found, Failed) is bool(message)
    assert found.found.startswith(message)
    assert not isinstance(found, Failed) or found.expected.startswith("2 running tasks of ")


@pytest.mark.parametrize(("used", "runs"), [("", "no task definition"), ("arn/labs-efs:1", "labs-efs:1")])
def test_a_service_that_does_not_run_the_newest_revision(used: str, runs: str) -> None:
    cluster = {"clusterName": "labs-efs", "status": "ACTIVE"}
    other = {"status": "ACTIVE", "deployments": [], "taskDefinition": used, "desiredCount": 2}
    newest = {"taskDefinitionArn": "arn/labs-efs:2", "family": "labs-efs", "revision": 2}
    found = lab.both_services_run_them(
        answering(
            ecs=[
                ("describe_clusters", {"clusters": [cluster]}),
                ("describe_services", {"services": [other]}),
                ("describe_task_definition", {"taskDefinition": newest}),
            ]
        ),
        NAMES,
    )
    assert isinstance(found, Failed)
    assert found.found == f"writer runs {runs}"
