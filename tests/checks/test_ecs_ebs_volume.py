"""Which deployment says what about the disk, and which single right the role may lack."""

from collections.abc import Iterable
from typing import Any

import pytest

from labs.packs.aws_ecs.checks import ecs_ebs_volume as lab
from labs.sdk import Failed, Outcome, Passed
from tests.builders import ACCOUNT
from tests.checks.canned import Answer, answering, simulated

NAMES = {
    "family": "labs-ebs",
    "cluster": "labs-ebs",
    "service": "transcode",
    "volume": "scratch",
    "path": "/scratch",
}
ROLE = f"arn:aws:iam::{ACCOUNT}:role/infra"
GP3 = {"volumeType": "gp3", "sizeInGiB": 50}


def mount(volume: str, path: str, *, read_only: bool = False) -> dict[str, Any]:
    return {"sourceVolume": volume, "containerPath": path, "readOnly": read_only}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("mounts", "right"),
    [
        ([mount("scratch", "/scratch")], True),
        ([mount("scratch", "/scratch/")], True),
        ([mount("tmp", "/tmp"), mount("scratch", "/scratch")], True),
        ([mount("tmp", "/scratch"), mount("scratch", "/tmp")], False),
        ([mount("scratch", "/scratch", read_only=True)], False),
        ([mount("scratch", "/scratch/files")], False),
        ([], False),
    ],
    ids=str,
)
def test_the_volume_is_mounted_at_the_path_and_writable(mounts: list[Any], *, right: bool) -> None:
    found = {
        "family": "labs-ebs",
        "revision": 1,
        "containerDefinitions": [{"name": "c", "mountPoints": mounts}],
    }
    account = answering(ecs=[("describe_task_definition", {"taskDefinition": found})])
    assert isinstance(lab.a_container_mounts_it_writable(account, NAMES), Passed) is right


def deployment(
    disk: dict[str, Any] | None, *, status: str = "PRIMARY", family: str = "labs-ebs", name: str = "scratch"
) -> dict[str, Any]:
    given = [{"name": name, "managedEBSVolume": {"roleArn": ROLE, **disk}}] if disk is not None else []
    revision = f"arn:aws:ecs:eu-west-1:{ACCOUNT}:task-definition/{family}:3"
    return {"status": status, "taskDefinition": revision, "volumeConfigurations": given}


def service(*deployments: dict[str, Any], **where: Any) -> Answer:
    cluster = f"arn:aws:ecs:eu-west-1:{ACCOUNT}:cluster/labs-ebs"
    found = {"status": "ACTIVE", "clusterArn": cluster, "deployments": list(deployments), **where}
    return "describe_services", {"services": [found]}


def attached(*deployments: dict[str, Any]) -> Outcome:
    cluster: Answer = "describe_clusters", {"clusters": [{"status": "ACTIVE"}]}
    account = answering(ecs=[cluster, service(*deployments)])
    return lab.deployment_attaches_a_large_gp3_volume(account, NAMES)


@pytest.mark.parametrize("size", [50, 51, 16384])
def test_the_primary_deployment_attaches_the_disk(size: int) -> None:
    old = deployment({**GP3, "sizeInGiB": 1}, status="ACTIVE")
    assert isinstance(attached(old, deployment({**GP3, "sizeInGiB": size})), Passed)


@pytest.mark.parametrize(
    ("deployments", "message"),
    [
        ([deployment({**GP3, "sizeInGiB": 49})], "attaches a volume of 49 GiB"),
        ([deployment({**GP3, "volumeType": "gp2"})], "attaches a volume of type gp2"),
        ([deployment({"sizeInGiB": 50})], "attaches a volume without a type, so the default of EC2 applies"),
        (
            [deployment({"volumeType": "gp3", "snapshotId": "snap-1"})],
            "attaches a volume without a size, so the size of snapshot snap-1 applies",
        ),
        ([deployment(GP3, name="scratch-2")], "has no managed EBS volume with this name"),
        ([deployment(None)], "has no managed EBS volume with this name"),
        ([deployment(GP3, family="labs-ebs-2")], "runs labs-ebs-2:3"),
        (
            [deployment(GP3, status="ACTIVE"), deployment({**GP3, "sizeInGiB": 20})],
            "attaches a volume of 20 GiB",
        ),
        ([], "does not exist: an external deployment controller deploys its tasks"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_another_disk_is_told_by_what_it_lacks(deployments: list[Any], message: str) -> None:
    found = attached(*deployments)
    assert isinstance(found, Failed)
    assert found.found == f"the PRIMARY deployment of transcode {message}"


RIGHTS = (
    ("ec2:DescribeVolumes", "ec2:DescribeAvailabilityZones"),
    ("ec2:CreateVolume", "ec2:CreateTags"),
    ("ec2:AttachVolume", "ec2:DetachVolume", "ec2:DeleteVolume"),
)


TAGS = {"resourceType": "volume", "tags": [{"key": "team", "value": "web"}]}
RIGHTS_ON_INSTANCES = (("ec2:DescribeInstances",), ("ec2:AttachVolume", "ec2:DetachVolume"))


def judged(
    *,
    denied: str = "",
    trusted: str = "ecs.amazonaws.com",
    rights: Iterable[Iterable[str]] = RIGHTS,
    asked: list[Any] | None = None,
    **where: Any,
) -> Outcome:
    """The outcome for a role that lacks one right, or trusts another service; `where` is what the service runs on.

    The context of each simulation goes into `asked`.
    """
    statement = f'{{"Effect": "Allow", "Principal": {{"Service": "{trusted}"}}, "Action": "sts:AssumeRole"}}'
    made = {
        "Path": "/",
        "RoleName": "infra",
        "RoleId": "AROAEXAMPLEEXAMPLE",
        "Arn": ROLE,
        "CreateDate": 0,
        "AssumeRolePolicyDocument": f'{{"Version": "2012-10-17", "Statement": [{statement}]}}',
    }
    account = answering(
        ecs=[service(deployment({**GP3, "tagSpecifications": [TAGS]}), **where)],
        iam=[("get_role", {"Role": made}), *simulated(rights, denied)],
    )
    keep = [] if asked is None else asked
    account.iam.meta.events.register(
        "provide-client-params.iam.SimulatePrincipalPolicy",
        lambda params, **_: keep.append(params["ContextEntries"]),
    )
    return lab.role_may_manage_the_volumes(account, NAMES)


def test_a_role_with_all_five_rights_may_manage_the_volumes() -> None:
    assert isinstance(judged(), Passed)


@pytest.mark.parametrize("right", [right for rights in RIGHTS for right in rights])
def test_each_right_is_needed(right: str) -> None:
    found = judged(denied=right)
    assert isinstance(found, Failed)
    assert right in found.found


@pytest.mark.parametrize(
    ("where", "on_instances"),
    [
        ({"launchType": "EC2"}, True),
        ({"launchType": "FARGATE"}, False),
        ({"capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT"}]}, False),
        ({"capacityProviderStrategy": [{"capacityProvider": "FARGATE"}, {"capacityProvider": "own"}]}, True),
    ],
    ids=["EC2", "Fargate", "a provider of Fargate", "one of its own"],
)
def test_instances_of_the_account_need_rights_too(where: dict[str, Any], *, on_instances: bool) -> None:
    """A volume is attached to the instance, which on Fargate is AWS's."""
    rights = (*RIGHTS_ON_INSTANCES, *RIGHTS) if on_instances else RIGHTS
    assert isinstance(judged(rights=rights, **where), Passed)
    denied = judged(rights=rights, denied="ec2:DescribeInstances", **where)
    assert isinstance(denied, Failed if on_instances else Passed)


@pytest.mark.parametrize("launch_type", ["EC2", "FARGATE"])
def test_what_the_requests_to_ec2_hold_is_known(launch_type: str) -> None:
    """Roles are often restricted to their Region by `ec2:Region`, and to some volumes."""
    rights = (*RIGHTS_ON_INSTANCES, *RIGHTS) if launch_type == "EC2" else RIGHTS
    asked: list[Any] = []
    assert isinstance(judged(rights=rights, asked=asked, launchType=launch_type), Passed)
    known = [{each["ContextKeyName"]: each["ContextKeyValues"] for each in one} for one in asked]
    assert [each["ec2:Region"] for each in known] == [["eu-west-1"]] * len(rights)
    made, managed = known[-2:]
    for each in (made, managed):
        assert (each["ec2:VolumeType"], each["ec2:VolumeSize"]) == (["gp3"], ["50"])
    assert made["aws:RequestTag/team"] == managed["aws:ResourceTag/team"] == ["web"]


def test_rights_do_not_help_a_role_that_ecs_cannot_assume() -> None:
    assert isinstance(judged(trusted="ecs-tasks.amazonaws.com"), Failed)


@pytest.mark.parametrize(
    ("storage", "raised"),
    [
        ({"ephemeralStorage": {"sizeInGiB": 21}}, True),
        ({"ephemeralStorage": {"sizeInGiB": 200}}, True),
        ({"ephemeralStorage": {"sizeInGiB": 20}}, False),
        ({"ephemeralStorage": {"sizeInGiB": 201}}, False),
        ({}, False),
    ],
    ids=str,
)
def test_ephemeral_storage_is_raised_within_what_fargate_offers(
    storage: dict[str, Any], *, raised: bool
) -> None:
    found = {"family": "labs-ebs", "revision": 1, **storage}
    answer: Answer = "describe_task_definition", {"taskDefinition": found}
    assert isinstance(lab.ephemeral_storage_is_raised(answering(ecs=[answer] * 2), NAMES), Passed) is raised


PRIMARY: Answer = (
    "describe_services",
    {
        "services": [
            {
                "status": "ACTIVE",
                "deployments": [
                    {"status": "PRIMARY", "id": "ecs-svc/2"},
                    {"status": "ACTIVE", "id": "ecs-svc/1"},
                ],
            }
        ]
    },
)


def held(started_by: str = "ecs-svc/2", **attachment: Any) -> dict[str, Any]:
    """A running task with this attachment."""
    details = [{"name": "volumeName", "value": "scratch"}, {"name": "volumeId", "value": "vol-1"}]
    disk = {"type": "AmazonElasticBlockStorage", "status": "ATTACHED", "details": details, **attachment}
    interface = {"type": "ElasticNetworkInterface", "status": "ATTACHED", "details": []}
    attachments = [interface, disk]
    return {"taskArn": "task", "lastStatus": "RUNNING", "startedBy": started_by, "attachments": attachments}


@pytest.mark.parametrize(
    ("task", "right"),
    [
        (held(), True),
        (held(details=[]), True),
        (held(""), True),
        (held("ecs-svc/1"), False),
        (held(status="FAILED"), False),
        (held(details=[{"name": "volumeName", "value": "other"}]), False),
        (held(type="Service Connect"), False),
        ({"taskArn": "task", "lastStatus": "RUNNING"}, False),
    ],
    ids=[
        "attached",
        "no name is told",
        "no deployment is told",
        "of an older deployment",
        "failed",
        "another volume",
        "no disk",
        "nothing attached",
    ],
)
def test_a_task_runs_with_its_disk(task: dict[str, Any], *, right: bool) -> None:
    listed: Answer = ("list_tasks", {"taskArns": ["task"]})
    account = answering(ecs=[PRIMARY, listed, ("describe_tasks", {"tasks": [task]})])
    assert isinstance(lab.a_task_runs_with_the_volume(account, NAMES), Passed) is right


def test_where_no_task_runs_the_service_says_why() -> None:
    nothing: Answer = ("list_tasks", {"taskArns": []})
    service = {
        "status": "ACTIVE",
        "events": [{"message": "(service transcode) was unable to create the volume"}],
    }
    account = answering(ecs=[PRIMARY, nothing, nothing, ("describe_services", {"services": [service]})])
    found = lab.a_task_runs_with_the_volume(account, NAMES)
    assert isinstance(found, Failed)
    assert found.found.startswith("0 of 1 tasks are running; latest event: (service transcode) was unable")
    assert found.expected == f"1 running task of {NAMES['service']}"
