"""Disks of the embedded ECS's tasks: EBS volumes that ECS makes for them, and EFS file systems that they mount."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from agent_kit import REGISTER, allow, launch, profile
from ecs_kit import FARGATE, ZONES, define, events, join, network, service, tasks

pytestmark = pytest.mark.slow

Client = Callable[..., Any]
MANAGED = "arn:aws:iam::aws:policy/service-role/AmazonECSInfrastructureRolePolicyForVolumes"
AT_LAUNCH = [{"name": "scratch", "configuredAtLaunch": True}]


def document(*statements: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def role(
    client: Client, *actions: str, trusted: str = "ecs.amazonaws.com", name: str = "infra", source: str = "*"
) -> str:
    """A role with permissions of its own, trusted by one service that acts for `source`; its ARN."""
    iam = client("iam")
    trust: dict[str, Any] = {
        "Effect": "Allow",
        "Principal": {"Service": trusted},
        "Action": "sts:AssumeRole",
        "Condition": {"ArnLike": {"aws:SourceArn": f"arn:aws:ecs:eu-west-1:123456789012:{source}"}},
    }
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trust))["Role"]["Arn"]
    if actions:
        own = document({"Effect": "Allow", "Action": list(actions), "Resource": "*"})
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=own)
    return str(made)


def disk(role_arn: str, **more: Any) -> list[dict[str, Any]]:
    return [{"name": "scratch", "managedEBSVolume": {"roleArn": role_arn, "sizeInGiB": 20, **more}}]


def attachment(task: dict[str, Any]) -> dict[str, str]:
    """The details of the task's volume, its status among them."""
    [found] = [each for each in task["attachments"] if each["type"] == "AmazonElasticBlockStorage"]
    return {"status": found["status"], **{each["name"]: each["value"] for each in found["details"]}}


def volumes(client: Client) -> list[dict[str, Any]]:
    """Those that ECS made, as EC2 describes them."""
    ours = [{"Name": "tag:AmazonECSManaged", "Values": ["true"]}]
    return list(client("ec2").describe_volumes(Filters=ours)["Volumes"])


@pytest.fixture
def prod(ecs: Any) -> Any:
    """A cluster with three instances, and a task definition whose volume is configured at launch."""
    ecs.create_cluster(clusterName="prod")
    join(3)
    define(ecs, "disk", volumes=AT_LAUNCH)
    return ecs


def serve(ecs: Any, configurations: list[dict[str, Any]], count: int = 2, **more: Any) -> None:
    ecs.create_service(
        cluster="prod",
        serviceName="web",
        taskDefinition="disk",
        desiredCount=count,
        volumeConfigurations=configurations,
        **more,
    )


def test_each_task_of_a_service_has_a_volume_of_its_own(prod: Any, client: Client) -> None:
    serve(prod, disk(role(client, "ec2:*"), encrypted=True))
    found = {each["VolumeId"]: each for each in volumes(client)}
    assert len(found) == 2
    for task in tasks(prod):
        seen = attachment(task)
        volume = found.pop(seen["volumeId"])
        assert (volume["Size"], volume["VolumeType"], volume["Encrypted"]) == (20, "gp2", True)
        assert (volume["State"], volume["AvailabilityZone"]) == ("in-use", task["availabilityZone"])
        assert {"Key": "AmazonECSCreated", "Value": task["taskArn"]} in volume["Tags"]
        assert (seen["status"], seen["volumeName"], seen["deleteOnTermination"]) == (
            "ATTACHED",
            "scratch",
            "true",
        )
    assert not found


def test_the_volume_is_attached_to_the_instance_of_the_task(aws: None, client: Client) -> None:
    ecs = client("ecs")
    ecs.create_cluster(clusterName="labs")
    profile(client, "good", allow(*REGISTER))
    instance = launch(client, InstanceType="t3.medium")
    define(ecs, "disk", volumes=AT_LAUNCH)
    configured = disk(role(client, "ec2:*"))
    for _ in range(2):
        ecs.run_task(cluster="labs", taskDefinition="disk", volumeConfigurations=configured)
    held = [each["Attachments"][0] for each in volumes(client)]
    assert [each["InstanceId"] for each in held] == [instance, instance]
    assert [each["Device"] for each in held] == ["/dev/xvdba", "/dev/xvdbb"]
    ecs.stop_task(cluster="labs", task=ecs.list_tasks(cluster="labs")["taskArns"][0])
    [mapped] = client("ec2").describe_instances()["Reservations"][0]["Instances"]
    devices = [each["DeviceName"] for each in mapped["BlockDeviceMappings"]]
    assert "/dev/xvdba" not in devices
    assert "/dev/xvdbb" in devices


def test_fargate_shows_no_instance_behind_the_volume(ecs: Any, client: Client) -> None:
    ecs.create_cluster(clusterName="prod")
    define(ecs, "disk", volumes=AT_LAUNCH, **FARGATE)
    ecs.run_task(
        cluster="prod",
        taskDefinition="disk",
        launchType="FARGATE",
        networkConfiguration=network(client),
        volumeConfigurations=disk(role(client, "ec2:*")),
    )
    [volume] = volumes(client)
    assert volume["State"] == "in-use"
    assert "InstanceId" not in volume["Attachments"][0]


def test_the_volumes_of_a_service_go_with_its_tasks(prod: Any, client: Client) -> None:
    serve(prod, disk(role(client, "ec2:*")))
    prod.update_service(cluster="prod", service="web", desiredCount=1)
    assert len(volumes(client)) == 1
    prod.delete_service(cluster="prod", service="web", force=True)
    assert volumes(client) == []
    stopped = tasks(prod, desiredStatus="STOPPED")
    assert {attachment(task)["status"] for task in stopped} == {"DELETED"}


@pytest.mark.parametrize(("kept", "left"), [(False, []), (True, ["available"])], ids=["by default", "kept"])
def test_the_volume_of_a_standalone_task_may_be_kept(
    prod: Any, client: Client, kept: bool, left: list[str]
) -> None:
    more = {"terminationPolicy": {"deleteOnTermination": False}} if kept else {}
    answer = prod.run_task(
        cluster="prod", taskDefinition="disk", volumeConfigurations=disk(role(client, "ec2:*"), **more)
    )
    prod.stop_task(cluster="prod", task=answer["tasks"][0]["taskArn"])
    assert [each["State"] for each in volumes(client)] == left


def test_aws_s_own_policy_for_infrastructure_roles_is_enough(
    monkeypatch: pytest.MonkeyPatch, keys: None, client: Client
) -> None:
    from moto import mock_aws

    from labs.sandbox import extend

    monkeypatch.setenv("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
    extend.install()
    try:
        with mock_aws():
            ecs = client("ecs")
            ecs.create_cluster(clusterName="prod")
            join()
            define(ecs, "disk", volumes=AT_LAUNCH)
            arn = role(client)
            client("iam").attach_role_policy(RoleName="infra", PolicyArn=MANAGED)
            serve(ecs, disk(arn), 1)
            assert service(ecs)["runningCount"] == 1
            assert len(volumes(client)) == 1
    finally:
        extend.uninstall()


@pytest.mark.parametrize(
    ("actions", "reason"),
    [
        ((), "attempting to create the EBS volume"),
        (("ec2:CreateVolume", "ec2:Describe*"), "attempting to attach the EBS volume"),
        (("ec2:AttachVolume", "ec2:Describe*"), "attempting to create the EBS volume"),
        (("ec2:*Volume", "ec2:DescribeVolumes"), "perform: ec2:DescribeAvailabilityZones"),
        (("ec2:*Volume", "ec2:DescribeAvailabilityZones"), "perform: ec2:DescribeVolumes"),
        (("ec2:*Volume", "ec2:DescribeVolumes", "ec2:Desc*Zones"), "perform: ec2:DescribeInstances"),
    ],
    ids=["nothing", "not attach", "not create", "no zones", "no volumes", "no instances"],
)
def test_a_role_that_may_not_leaves_the_task_stopped_with_the_reason(
    prod: Any, client: Client, actions: tuple[str, ...], reason: str
) -> None:
    serve(prod, disk(role(client, *actions)), 1)
    assert service(prod)["runningCount"] == 0
    task = tasks(prod, desiredStatus="STOPPED")[0]
    assert task["stopCode"] == "TaskFailedToStart"
    assert reason in task["stoppedReason"]
    assert (attachment(task)["status"], attachment(task)["statusReason"]) == ("FAILED", task["stoppedReason"])
    assert volumes(client) == []


def test_without_a_role_that_trusts_ecs_no_task_of_the_service_starts(prod: Any, client: Client) -> None:
    arn = role(client, "ec2:*", trusted="ecs-tasks.amazonaws.com")
    serve(prod, disk(arn), 1)
    assert service(prod)["runningCount"] == 0
    assert tasks(prod, desiredStatus="STOPPED")[0]["stoppedReason"] == (
        f"ECS was unable to assume the configured ECS Infrastructure Role '{arn}'. Please "
        "verify that the role being passed has the proper trust relationship with Amazon ECS."
    )


@pytest.mark.parametrize("source", ["service/prod/web", "service/prod/*", "*"])
def test_a_role_may_be_kept_for_what_ecs_acts_for(prod: Any, client: Client, source: str) -> None:
    serve(prod, disk(role(client, "ec2:*", source=source)), 1)
    prod.update_service(cluster="prod", service="web", desiredCount=2)
    assert service(prod)["runningCount"] == 2


def test_a_role_that_is_kept_for_another_service_starts_no_task(prod: Any, client: Client) -> None:
    serve(prod, disk(role(client, "ec2:*", source="service/prod/other")), 1)
    assert service(prod)["runningCount"] == 0
    assert "unable to assume" in tasks(prod, desiredStatus="STOPPED")[0]["stoppedReason"]


def test_a_role_may_be_kept_for_tasks(prod: Any, client: Client) -> None:
    arn = role(client, "ec2:*", source="task/prod/*")
    prod.run_task(cluster="prod", taskDefinition="disk", volumeConfigurations=disk(arn))
    assert [each["lastStatus"] for each in tasks(prod)] == ["RUNNING"]


def test_a_role_that_has_gone_since_stops_the_next_task(prod: Any, client: Client) -> None:
    serve(prod, disk(role(client, "ec2:*")), 1)
    iam = client("iam")
    iam.delete_role_policy(RoleName="infra", PolicyName="own")
    iam.delete_role(RoleName="infra")
    prod.update_service(cluster="prod", service="web", desiredCount=2)
    assert service(prod)["runningCount"] == 1
    assert any("unable to assume" in each["stoppedReason"] for each in tasks(prod, desiredStatus="STOPPED"))


def test_stock_moto_makes_no_volume_for_a_task(stock: None, client: Client) -> None:
    """Drop this extension when moto makes the volumes of a service's tasks."""
    ecs = client("ecs")
    ecs.create_cluster(clusterName="prod")
    define(ecs, "disk", volumes=AT_LAUNCH)
    serve(ecs, disk("arn:aws:iam::123456789012:role/nobody"))
    assert volumes(client) == []


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
    define(ecs, "app", volumes=[{"name": "data", "efsVolumeConfiguration": configuration}], **FARGATE)
    where = {"subnets": [files["subnets"][zone]], "securityGroups": [files["group"]]}
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


def test_a_foreign_access_point_is_denied(ecs: Any, client: Client, files: dict[str, Any]) -> None:
    efs = client("efs")
    point = efs.create_access_point(ClientToken="p", FileSystemId=files["system"])["AccessPointId"]
    more = {"transitEncryption": "ENABLED"}
    good = mount(ecs, files, authorizationConfig={"accessPointId": point}, **more)
    assert good["lastStatus"] == "RUNNING"
    bad = mount(ecs, files, authorizationConfig={"accessPointId": "fsap-0000000000000000f"}, **more)
    assert "access denied by server" in bad["stoppedReason"]


def test_the_task_runs_once_the_mount_target_is_there(
    ecs: Any, client: Client, files: dict[str, Any]
) -> None:
    configuration = {"fileSystemId": files["system"]}
    define(ecs, "app", volumes=[{"name": "data", "efsVolumeConfiguration": configuration}], **FARGATE)
    where = {"subnets": files["subnets"][1:2], "securityGroups": [files["group"]]}
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
