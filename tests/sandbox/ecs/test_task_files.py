"""EFS file systems that the embedded ECS's tasks mount, or cannot mount."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from agent_kit import REGISTER, allow, launch, profile
from ecs_kit import FARGATE, ZONES, define, events, network, service

pytestmark = pytest.mark.slow

Client = Callable[..., Any]


@pytest.fixture
def files(ecs: Any, client: Client) -> dict[str, Any]:
    """A file system with a mount target in the first zone, that admits NFS from the tasks' group."""
    ecs.create_cluster(clusterName="prod")
    net = network(client)
    subnets, [group] = net["awsvpcConfiguration"]["subnets"], net["awsvpcConfiguration"]["securityGroups"]
    ec2, efs = client("ec2"), client("efs")
    vpc = ec2.describe_subnets(SubnetIds=subnets[:1])["Subnets"][0]["VpcId"]
    nfs_group = ec2.create_security_group(GroupName="nfs", Description="nfs", VpcId=vpc)["GroupId"]
    admit(ec2, nfs_group, UserIdGroupPairs=[{"GroupId": group}])
    system = efs.create_file_system(CreationToken="a")["FileSystemId"]
    efs.create_mount_target(FileSystemId=system, SubnetId=subnets[0], SecurityGroups=[nfs_group])
    return {"system": system, "subnets": subnets, "group": group, "nfs_group": nfs_group, "vpc": vpc}


def admit(ec2: Any, nfs_group: str, port: int = 2049, protocol: str = "tcp", **source: Any) -> None:
    rule = {"IpProtocol": protocol, "FromPort": port, "ToPort": port, **source}
    ec2.authorize_security_group_ingress(GroupId=nfs_group, IpPermissions=[rule])


def mount(ecs: Any, files: dict[str, Any], system: str | None = None, zone: int = 0, **more: Any) -> Any:
    """Runs a task on Fargate that mounts the file system; what became of it."""
    configuration = {"fileSystemId": system or files["system"], **more}
    role = (
        {"taskRoleArn": "arn:aws:iam::123456789012:role/reports"}
        if more.get("authorizationConfig", {}).get("iam")
        else {}
    )
    define(ecs, "app", volumes=[{"name": "data", "efsVolumeConfiguration": configuration}], **FARGATE, **role)
    where = {
        "subnets": [files["subnets"][zone]],
        "securityGroups": [files["group"]],
        "assignPublicIp": "ENABLED",
    }
    answer = ecs.run_task(
        cluster="prod",
        taskDefinition="app",
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": where},
    )
    arn = answer["tasks"][0]["taskArn"]
    return ecs.describe_tasks(cluster="prod", tasks=[arn])["tasks"][0]


def test_a_task_runs_where_its_file_system_can_be_mounted(ecs: Any, files: dict[str, Any]) -> None:
    assert mount(ecs, files)["lastStatus"] == "RUNNING"


FAULTS = "ResourceInitializationError: failed to invoke EFS utils commands to set up EFS volumes: stderr: "


def test_a_file_system_that_is_not_there_cannot_be_resolved(ecs: Any, files: dict[str, Any]) -> None:
    task = mount(ecs, files, "fs-0000000000000000f")
    assert task["lastStatus"] == "STOPPED"
    assert task["stoppedReason"].startswith(
        f'{FAULTS}Failed to resolve "fs-0000000000000000f.efs.eu-west-1.amazonaws.com" - check that your file system'
    )
    assert task["stoppedReason"].endswith(" : unsuccessful EFS utils command execution; code: 1")


def test_a_zone_without_a_mount_target_cannot_resolve_it(ecs: Any, files: dict[str, Any]) -> None:
    task = mount(ecs, files, zone=1)
    assert task["availabilityZone"] == ZONES[1]
    assert f'{FAULTS}Failed to resolve "{files["system"]}.efs.' in task["stoppedReason"]


@pytest.mark.parametrize(
    ("port", "protocol", "source", "runs"),
    [
        (2049, "tcp", {"UserIdGroupPairs": [{"GroupId": "own"}]}, True),
        (2049, "tcp", {"IpRanges": [{"CidrIp": "172.31.0.0/16"}]}, True),
        (2049, "tcp", {"IpRanges": [{"CidrIp": "10.0.0.0/8"}]}, False),
        (2049, "udp", {"IpRanges": [{"CidrIp": "0.0.0.0/0"}]}, False),
        (2048, "tcp", {"IpRanges": [{"CidrIp": "0.0.0.0/0"}]}, False),
        (2049, "tcp", {"UserIdGroupPairs": [{"GroupId": "nfs_group"}]}, False),
    ],
    ids=["group", "addresses", "other addresses", "udp", "other port", "another group"],
)
def test_the_groups_of_the_mount_target_decide(
    ecs: Any, client: Client, files: dict[str, Any], port: int, protocol: str, source: Any, runs: bool
) -> None:
    ec2 = client("ec2")
    rules = ec2.describe_security_groups(GroupIds=[files["nfs_group"]])["SecurityGroups"][0]["IpPermissions"]
    ec2.revoke_security_group_ingress(GroupId=files["nfs_group"], IpPermissions=rules)
    names = {"own": files["group"], "nfs_group": files["nfs_group"]}
    given = json.loads(
        json.dumps(source)
        .replace('"own"', f'"{names["own"]}"')
        .replace('"nfs_group"', f'"{names["nfs_group"]}"')
    )
    admit(ec2, files["nfs_group"], port, protocol, **given)
    task = mount(ecs, files)
    assert task["lastStatus"] == ("RUNNING" if runs else "STOPPED")
    if not runs:
        assert "mount.nfs4: Connection timed out" in task["stoppedReason"]


@pytest.mark.parametrize(("cidr", "status"), [("172.31.0.0/16", "RUNNING"), ("10.0.0.0/8", "STOPPED")])
def test_a_prefix_list_stands_for_its_entries(
    ecs: Any, client: Client, files: dict[str, Any], cidr: str, status: str
) -> None:
    ec2 = client("ec2")
    entries = [{"Cidr": cidr}]
    made = ec2.create_managed_prefix_list(
        PrefixListName="tasks", MaxEntries=1, AddressFamily="IPv4", Entries=entries
    )
    rules = ec2.describe_security_groups(GroupIds=[files["nfs_group"]])["SecurityGroups"][0]["IpPermissions"]
    ec2.revoke_security_group_ingress(GroupId=files["nfs_group"], IpPermissions=rules)
    admit(ec2, files["nfs_group"], PrefixListIds=[{"PrefixListId": made["PrefixList"]["PrefixListId"]}])
    assert mount(ecs, files)["lastStatus"] == status


def test_a_foreign_access_point_is_denied(ecs: Any, client: Client, files: dict[str, Any]) -> None:
    efs = client("efs")
    point = efs.create_access_point(ClientToken="p", FileSystemId=files["system"])["AccessPointId"]
    more = {"transitEncryption": "ENABLED"}
    good = mount(ecs, files, authorizationConfig={"accessPointId": point}, **more)
    assert good["lastStatus"] == "RUNNING"
    bad = mount(ecs, files, authorizationConfig={"accessPointId": "fsap-0000000000000000f"}, **more)
    assert "access denied by server" in bad["stoppedReason"]


def test_a_root_directory_has_to_exist(ecs: Any, client: Client, files: dict[str, Any]) -> None:
    """An access point makes its directory; nothing else does here."""
    reason = mount(ecs, files, rootDirectory="/reports")["stoppedReason"]
    assert (
        f"{FAULTS}b'mount.nfs4: mounting {files['system']}.efs.eu-west-1.amazonaws.com:/reports failed"
        in reason
    )
    owner = {"OwnerUid": 1000, "OwnerGid": 1000, "Permissions": "755"}
    client("efs").create_access_point(
        ClientToken="p",
        FileSystemId=files["system"],
        RootDirectory={"Path": "/reports/daily", "CreationInfo": owner},
    )
    assert mount(ecs, files, rootDirectory="/reports")["lastStatus"] == "RUNNING"


def test_the_task_runs_once_the_mount_target_is_there(
    ecs: Any, client: Client, files: dict[str, Any]
) -> None:
    configuration = {"fileSystemId": files["system"]}
    define(ecs, "app", volumes=[{"name": "data", "efsVolumeConfiguration": configuration}], **FARGATE)
    where = {
        "subnets": files["subnets"][1:2],
        "securityGroups": [files["group"]],
        "assignPublicIp": "ENABLED",
    }
    ecs.create_service(
        cluster="prod",
        serviceName="web",
        taskDefinition="app",
        desiredCount=1,
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": where},
    )
    assert service(ecs)["runningCount"] == 0
    assert any("has started 1 tasks" in event for event in events(ecs))
    client("efs").create_mount_target(
        FileSystemId=files["system"], SubnetId=files["subnets"][1], SecurityGroups=[files["nfs_group"]]
    )
    assert service(ecs)["runningCount"] == 1


def test_on_an_instance_docker_says_it(aws: None, client: Client) -> None:
    ecs, ec2, efs = client("ecs"), client("ec2"), client("efs")
    ecs.create_cluster(clusterName="labs")
    profile(client, "good", allow(*REGISTER))
    instance = launch(client)
    system = efs.create_file_system(CreationToken="a")["FileSystemId"]
    volume = {"name": "data", "efsVolumeConfiguration": {"fileSystemId": system}}
    define(ecs, "app", volumes=[volume])

    def run() -> Any:
        arn = ecs.run_task(cluster="labs", taskDefinition="app")["tasks"][0]["taskArn"]
        return ecs.describe_tasks(cluster="labs", tasks=[arn])["tasks"][0]

    assert "VolumeDriver.Create: mounting volume failed: Failed to resolve" in run()["stoppedReason"]
    [found] = ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"]
    efs.create_mount_target(FileSystemId=system, SubnetId=found["SubnetId"])
    assert run()["lastStatus"] == "RUNNING", "the VPC's default group admits its own members"


@pytest.mark.parametrize(
    ("rule", "mounts"),
    [
        ({"IpProtocol": "tcp", "FromPort": 2049, "ToPort": 2049, "UserIdGroupPairs": [{"GroupId": "nfs_group"}]}, True),
        ({"IpProtocol": "-1", "IpRanges": [{"CidrIp": "172.31.0.0/16"}]}, True),
        ({"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}, False),
        (None, False),
    ],
    ids=["to the mount target's group", "to the VPC", "HTTPS only", "nothing"],
)  # fmt: skip
def test_the_group_of_the_task_must_let_it_out(
    ecs: Any, client: Client, files: dict[str, Any], rule: Any, *, mounts: bool
) -> None:
    ec2 = client("ec2")
    group = ec2.describe_security_groups(GroupIds=[files["group"]])["SecurityGroups"][0]
    ec2.revoke_security_group_egress(GroupId=files["group"], IpPermissions=group["IpPermissionsEgress"])
    if rule:
        given = json.loads(json.dumps(rule).replace('"nfs_group"', f'"{files["nfs_group"]}"'))
        ec2.authorize_security_group_egress(GroupId=files["group"], IpPermissions=[given])
    reason = mount(ecs, files)["stoppedReason"]
    # What can be mounted is not enough: the image is out of reach.
    cause = "Check your task network configuration" if mounts else "mount.nfs4: Connection timed out"
    assert cause in reason


def policy(client: Client, files: dict[str, Any], principal: Any, **condition: Any) -> None:
    """Lets this principal mount and write, and nobody else."""
    statement = {
        "Effect": "Allow",
        "Principal": principal,
        "Action": ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"],
        "Resource": "*",
        **({"Condition": condition} if condition else {}),
    }
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    client("efs").put_file_system_policy(FileSystemId=files["system"], Policy=text)


TLS = {"transitEncryption": "ENABLED"}
IAM = {**TLS, "authorizationConfig": {"iam": "ENABLED"}}
ENCRYPTED = {"Bool": {"aws:SecureTransport": "true"}}


@pytest.mark.parametrize(
    ("principal", "condition", "volume", "runs"),
    [
        ({"AWS": "*"}, {}, {}, True),
        ({"AWS": "*"}, ENCRYPTED, TLS, True),
        ({"AWS": "*"}, ENCRYPTED, {}, False),
        ({"AWS": "arn:aws:iam::123456789012:role/reports"}, {}, IAM, True),
        ({"AWS": "arn:aws:iam::123456789012:role/reports"}, {}, TLS, False),
        ({"AWS": "arn:aws:iam::123456789012:role/others"}, {}, IAM, False),
    ],
    ids=["anybody", "with TLS", "without TLS", "the task role", "nobody by name", "another role"],
)
def test_the_policy_of_the_file_system_decides(
    ecs: Any,
    client: Client,
    files: dict[str, Any],
    principal: Any,
    condition: Any,
    volume: Any,
    *,
    runs: bool,
) -> None:
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "ecs-tasks.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    for name in ("reports", "others"):
        client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=document)
    policy(client, files, principal, **condition)
    task = mount(ecs, files, **volume)
    assert (task["lastStatus"] == "RUNNING") is runs
    assert runs or "access denied by server" in task["stoppedReason"]
