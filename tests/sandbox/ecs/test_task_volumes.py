"""EBS volumes that the embedded ECS makes for its tasks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from agent_kit import REGISTER, allow, launch, profile
from ecs_kit import FARGATE, define, join, network, service, tasks

from tests.builders import document, embedded_aws

pytestmark = pytest.mark.slow

Client = Callable[..., Any]
MANAGED = "arn:aws:iam::aws:policy/service-role/AmazonECSInfrastructureRolePolicyForVolumes"
AT_LAUNCH = [{"name": "scratch", "configuredAtLaunch": True}]


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
    monkeypatch.setenv("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
    with embedded_aws():
        ecs = client("ecs")
        ecs.create_cluster(clusterName="prod")
        join()
        define(ecs, "disk", volumes=AT_LAUNCH)
        arn = role(client)
        client("iam").attach_role_policy(RoleName="infra", PolicyArn=MANAGED)
        serve(ecs, disk(arn), 1)
        assert service(ecs)["runningCount"] == 1
        assert len(volumes(client)) == 1


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


@pytest.mark.parametrize("key", ["aws:ResourceTag/AmazonECSManaged", "ec2:ResourceTag/AmazonECSManaged"])
def test_a_role_may_be_kept_to_the_volumes_of_ecs(prod: Any, client: Client, key: str) -> None:
    """EC2 knows the tags of a volume by its own key as well as by that of all services."""
    infra = role(client, "ec2:CreateVolume", "ec2:CreateTags", "ec2:Describe*")
    held = {
        "Effect": "Allow",
        "Action": ["ec2:AttachVolume", "ec2:DetachVolume", "ec2:DeleteVolume"],
        "Resource": "*",
        "Condition": {"StringEquals": {key: "true"}},
    }
    hosts = {"Effect": "Allow", "Action": "ec2:AttachVolume", "Resource": "arn:aws:ec2:*:*:instance/*"}
    client("iam").put_role_policy(RoleName="infra", PolicyName="held", PolicyDocument=document(held, hosts))
    serve(prod, disk(infra), 1)
    assert [attachment(task)["status"] for task in tasks(prod)] == ["ATTACHED"]


@pytest.mark.parametrize(("region", "running"), [("eu-west-1", 1), ("us-east-1", 0)])
def test_a_role_may_be_kept_to_a_region(prod: Any, client: Client, region: str, running: int) -> None:
    """The key `ec2:Region` is in every request to EC2 ("Actions, resources, and condition keys for Amazon EC2")."""
    infra = role(client)
    here = {"StringEquals": {"ec2:Region": region}}
    everything = {"Effect": "Allow", "Action": "ec2:*", "Resource": "*", "Condition": here}
    client("iam").put_role_policy(RoleName="infra", PolicyName="here", PolicyDocument=document(everything))
    serve(prod, disk(infra), 1)
    assert service(prod)["runningCount"] == running


@pytest.mark.parametrize(
    ("forbidden", "running"),
    [
        ({"StringEquals": {"ec2:VolumeType": "gp3"}}, 0),
        ({"StringNotEquals": {"ec2:VolumeType": "gp3"}}, 1),
        ({"NumericGreaterThan": {"ec2:VolumeSize": "10"}}, 0),
        ({"NumericGreaterThan": {"ec2:VolumeSize": "20"}}, 1),
        ({"StringNotEquals": {"aws:RequestTag/team": "web"}}, 1),
    ],
    ids=str,
)
def test_a_role_may_be_kept_to_some_volumes(
    prod: Any, client: Client, forbidden: dict[str, Any], running: int
) -> None:
    """A request for a volume holds its type, size and tags (EC2 in the service authorization reference)."""
    infra = role(client, "ec2:*")
    denied = {"Effect": "Deny", "Action": "ec2:CreateVolume", "Resource": "*", "Condition": forbidden}
    client("iam").put_role_policy(RoleName="infra", PolicyName="not-these", PolicyDocument=document(denied))
    tags = {"resourceType": "volume", "tags": [{"key": "team", "value": "web"}]}
    serve(prod, disk(infra, volumeType="gp3", tagSpecifications=[tags]), 1)
    assert service(prod)["runningCount"] == running
