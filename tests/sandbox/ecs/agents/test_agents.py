"""Which instances of the embedded EC2 join a cluster, as what, and for how long."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from agent_kit import (
    CAPABILITY,
    INSTALL,
    JOIN,
    OPTIMIZED,
    ORDINARY,
    REGISTER,
    Client,
    allow,
    attributes,
    ids,
    launch,
    profile,
    registered,
    trust,
)

from labs.sandbox.ecs.agents.agent_install import installs_agent
from labs.sandbox.ecs.agents.registration import read_settings
from tests.builders import document

pytestmark = pytest.mark.slow


def test_an_instance_joins_the_cluster_of_its_user_data(world: Client) -> None:
    instance_id = launch(world, Placement={"AvailabilityZone": "eu-west-1b"})
    [found] = registered(world)
    assert (found["ec2InstanceId"], found["status"], found["agentConnected"]) == (instance_id, "ACTIVE", True)
    sizes = {one["name"]: one.get("integerValue") for one in found["registeredResources"]}
    assert (sizes["CPU"], sizes["MEMORY"]) == (2048, 1945)
    facts = attributes(found)
    assert facts["ecs.instance-type"] == "t3.small"
    assert facts["ecs.availability-zone"] == "eu-west-1b"
    assert facts["ecs.ami-id"].startswith("ami-")  # type: ignore[union-attr] # it is there
    assert CAPABILITY in facts


def test_stock_moto_registers_nobody(stock: None, client: Client) -> None:
    ecs = client("ecs")
    ecs.create_cluster(clusterName="labs")
    client("ec2").run_instances(ImageId="ami-1", MinCount=1, MaxCount=1, UserData=JOIN)
    assert ecs.list_container_instances(cluster="labs")["containerInstanceArns"] == [], "drop this extension"


def test_an_agent_joins_a_cluster_by_its_arn(world: Client) -> None:
    """Source: aws/amazon-ecs-agent#750."""
    [arn] = world("ecs").list_clusters()["clusterArns"]
    instance_id = launch(world, f"#!/bin/bash\necho ECS_CLUSTER={arn} > /etc/ecs/ecs.config\n")
    assert ids(world) == [instance_id]


def test_an_agent_without_a_name_joins_the_default_cluster(world: Client) -> None:
    instance_id = launch(world, "")
    assert ids(world) == []
    world("ecs").create_cluster()
    assert ids(world, "default") == [instance_id]


@pytest.mark.parametrize(
    "options",
    [
        {"image": ORDINARY},
        {"role": None},
        {"user_data": "#!/bin/bash\necho ECS_CLUSTER=other >> /etc/ecs/ecs.config\n"},
        {"user_data": JOIN + "systemctl disable --now ecs\n"},
        {"user_data": JOIN + "systemctl stop ecs\n"},
        {"user_data": JOIN + "systemctl restart ecs\n"},
        {"user_data": JOIN + "echo 'ECS_INSTANCE_ATTRIBUTES={broken' >> /etc/ecs/ecs.config\n"},
    ],
    ids=[
        "ordinary image",
        "no profile",
        "another cluster",
        "disabled",
        "stopped",
        "a deadlock",
        "bad attributes",
    ],
)
def test_an_agent_that_is_not_there_or_misled_does_not_register(
    world: Client, options: dict[str, Any]
) -> None:
    launch(world, **options)
    assert ids(world) == []


@pytest.mark.parametrize(
    ("statements", "service"),
    [
        ((), "ec2.amazonaws.com"),
        ((allow(*REGISTER),), "ecs-tasks.amazonaws.com"),
        ((allow("ecs:Poll", "ecs:DiscoverPollEndpoint"),), "ec2.amazonaws.com"),
        ((allow(*REGISTER), {**allow("ecs:Register*"), "Effect": "Deny"}), "ec2.amazonaws.com"),
        (
            (allow(*REGISTER, resource="arn:aws:ecs:eu-west-1:123456789012:cluster/other"),),
            "ec2.amazonaws.com",
        ),
    ],
    ids=["no permission", "trusts tasks", "may not register", "denied", "another cluster"],
)
def test_a_role_that_does_not_do_keeps_the_agent_out(
    world: Client, statements: tuple[Any, ...], service: str
) -> None:
    profile(world, "bad", *statements, service=service)
    launch(world, role="bad")
    assert ids(world) == []


def test_a_boundary_keeps_the_agent_out(world: Client) -> None:
    iam = world("iam")
    limit = iam.create_policy(PolicyName="limit", PolicyDocument=document(allow("ecr:*")))["Policy"]["Arn"]
    iam.put_role_permissions_boundary(RoleName="good", PermissionsBoundary=limit)
    launch(world)
    assert ids(world) == []
    iam.delete_role_permissions_boundary(RoleName="good")
    assert len(ids(world)) == 1


@pytest.mark.parametrize(("host", "count"), [("*", 1), ("i-0123456789abcdef0", 0)], ids=["any", "another"])
def test_a_role_may_be_kept_for_the_instances_it_is_for(world: Client, host: str, count: int) -> None:
    ours = {"ArnLike": {"aws:SourceArn": f"arn:aws:ec2:eu-west-1:123456789012:instance/{host}"}}
    statement = json.loads(trust("ec2.amazonaws.com"))["Statement"][0]
    policy = document({**statement, "Condition": ours})
    world("iam").update_assume_role_policy(RoleName="good", PolicyDocument=policy)
    launch(world)
    assert len(ids(world)) == count


def test_an_empty_profile_keeps_the_agent_out_until_it_holds_a_role(world: Client) -> None:
    iam = world("iam")
    iam.create_instance_profile(InstanceProfileName="empty")
    instance_id = launch(world, role="empty")
    assert ids(world) == []
    iam.create_role(RoleName="late", AssumeRolePolicyDocument=trust("ec2.amazonaws.com"))
    iam.add_role_to_instance_profile(InstanceProfileName="empty", RoleName="late")
    assert ids(world) == []
    iam.put_role_policy(RoleName="late", PolicyName="own", PolicyDocument=document(allow("ecs:*")))
    assert ids(world) == [instance_id]


def test_an_agent_that_may_not_poll_is_not_connected(world: Client) -> None:
    profile(world, "mute", allow("ecs:RegisterContainerInstance"))
    launch(world, role="mute")
    assert [one["agentConnected"] for one in registered(world)] == [False]
    world("iam").put_role_policy(
        RoleName="mute", PolicyName="more", PolicyDocument=document(allow(*REGISTER))
    )
    assert [one["agentConnected"] for one in registered(world)] == [True]


def test_the_agent_registers_once_the_profile_is_attached(world: Client) -> None:
    instance_id = launch(world, role=None)
    world("ec2").associate_iam_instance_profile(IamInstanceProfile={"Name": "good"}, InstanceId=instance_id)
    assert ids(world) == [instance_id]


def test_the_agent_registers_once_the_right_profile_replaces_the_wrong_one(world: Client) -> None:
    profile(world, "bad")
    instance_id, ec2 = launch(world, role="bad"), world("ec2")
    [association] = ec2.describe_iam_instance_profile_associations()["IamInstanceProfileAssociations"]
    ec2.replace_iam_instance_profile_association(
        AssociationId=association["AssociationId"], IamInstanceProfile={"Name": "good"}
    )
    assert ids(world) == [instance_id]


def test_the_agent_registers_once_its_cluster_is_there(world: Client) -> None:
    instance_id = launch(world, JOIN.replace("labs", "late"))
    world("ecs").create_cluster(clusterName="late")
    assert ids(world, "late") == [instance_id]


def test_new_user_data_is_not_run_again(world: Client) -> None:
    ec2, instance_id = world("ec2"), launch(world, JOIN.replace("labs", "other"))
    ec2.stop_instances(InstanceIds=[instance_id])
    ec2.modify_instance_attribute(InstanceId=instance_id, UserData={"Value": JOIN.encode()})
    ec2.start_instances(InstanceIds=[instance_id])
    assert ids(world) == []


def test_without_the_metadata_service_an_agent_has_no_credentials(world: Client) -> None:
    launch(world, MetadataOptions={"HttpEndpoint": "disabled"})
    assert ids(world) == []


def test_an_ordinary_image_joins_with_an_agent_that_it_installs(world: Client) -> None:
    instance_id = launch(world, INSTALL, image=ORDINARY)
    assert ids(world) == [instance_id]


def test_an_image_made_from_an_ecs_instance_holds_the_agent_too(world: Client) -> None:
    source = launch(world, role=None)
    image = world("ec2").create_image(InstanceId=source, Name="mine")["ImageId"]
    instance_id = launch(world, ImageId=image)
    assert ids(world) == [instance_id]


@pytest.mark.parametrize(
    ("setting", "capable"),
    [("", True), ("ECS_ENABLE_TASK_IAM_ROLE=true", True), ("ECS_ENABLE_TASK_IAM_ROLE=false", False)],
    ids=["unset", "true", "false"],
)
def test_the_agent_reports_task_roles_as_configured(world: Client, setting: str, capable: bool) -> None:
    launch(world, JOIN + f"echo {setting} >> /etc/ecs/ecs.config\n")
    assert (CAPABILITY in attributes(registered(world)[0])) is capable


def test_attributes_tags_and_reserved_memory_come_from_the_configuration(world: Client) -> None:
    lines = [
        "ECS_CLUSTER=labs",
        'ECS_INSTANCE_ATTRIBUTES={"stack": "prod"}',
        'ECS_CONTAINER_INSTANCE_TAGS={"team": "labs"}',
        "ECS_RESERVED_MEMORY=100",
    ]
    launch(world, "#!/bin/bash\ncat <<'EOF' >> /etc/ecs/ecs.config\n" + "\n".join(lines) + "\nEOF\n")
    [found] = registered(world, include=["TAGS"])
    assert attributes(found)["stack"] == "prod"
    assert found["tags"] == [{"key": "team", "value": "labs"}]
    assert {one["name"]: one.get("integerValue") for one in found["registeredResources"]}["MEMORY"] == 1845


def test_a_stopped_instance_is_out_of_reach_and_comes_back_as_the_same(world: Client) -> None:
    ec2, instance_id = world("ec2"), launch(world)
    [before] = registered(world)
    ec2.stop_instances(InstanceIds=[instance_id])
    assert [one["agentConnected"] for one in registered(world)] == [False]
    ec2.start_instances(InstanceIds=[instance_id])
    [after] = registered(world)
    assert (after["agentConnected"], after["containerInstanceArn"]) == (True, before["containerInstanceArn"])


def test_a_terminated_instance_is_deregistered(world: Client) -> None:
    instance_id = launch(world)
    world("ec2").terminate_instances(InstanceIds=[instance_id])
    assert registered(world) == []


def test_an_instance_terminated_while_stopped_stays_registered(world: Client) -> None:
    """AWS deregisters a terminated instance only while its agent is connected."""
    ec2, instance_id = world("ec2"), launch(world)
    ec2.stop_instances(InstanceIds=[instance_id])
    ec2.terminate_instances(InstanceIds=[instance_id])
    assert [one["agentConnected"] for one in registered(world)] == [False]


def test_a_deregistered_instance_does_not_come_back_by_itself(world: Client) -> None:
    launch(world)
    [found] = registered(world)
    world("ecs").deregister_container_instance(
        cluster="labs", containerInstance=found["containerInstanceArn"], force=True
    )
    world("ecs").create_cluster(clusterName="other")
    assert registered(world) == []


def test_the_instances_of_a_group_join_and_leave_with_it(world: Client) -> None:
    ec2, autoscaling = world("ec2"), world("autoscaling")
    data = {
        "ImageId": f"resolve:ssm:{OPTIMIZED}",
        "InstanceType": "t3.medium",
        "UserData": base64.b64encode(JOIN.encode()).decode(),
        "IamInstanceProfile": {"Name": "good"},
    }
    ec2.create_launch_template(LaunchTemplateName="labs", LaunchTemplateData=data)
    subnets = [subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"]]
    autoscaling.create_auto_scaling_group(
        AutoScalingGroupName="labs",
        MinSize=0,
        MaxSize=3,
        DesiredCapacity=3,
        VPCZoneIdentifier=",".join(subnets),
        LaunchTemplate={"LaunchTemplateName": "labs", "Version": "$Latest"},
    )
    zones = {attributes(one)["ecs.availability-zone"] for one in registered(world)}
    assert zones == {"eu-west-1a", "eu-west-1b", "eu-west-1c"}
    autoscaling.set_desired_capacity(AutoScalingGroupName="labs", DesiredCapacity=1)
    assert len(registered(world)) == 1


def test_each_region_has_its_own_clusters(world: Client) -> None:
    ec2 = world("ec2", region_name="us-east-1")
    ec2.run_instances(
        ImageId=f"resolve:ssm:{OPTIMIZED}",
        InstanceType="t3.small",
        MinCount=1,
        MaxCount=1,
        UserData=JOIN,
        IamInstanceProfile={"Name": "good"},
    )
    assert ids(world) == []
    world("ecs", region_name="us-east-1").create_cluster(clusterName="labs")
    arns = world("ecs", region_name="us-east-1").list_container_instances(cluster="labs")
    assert len(arns["containerInstanceArns"]) == 1


@pytest.mark.parametrize(
    ("script", "installs"),
    [
        (INSTALL, True),
        ("#!/bin/bash\namazon-linux-extras install -y ecs\nsystemctl start ecs\n", True),
        ("#!/bin/bash\nyum install -y \\\n  ecs-init\nservice ecs start\n", True),
        ("#!/bin/bash\ndocker run -d --name ecs-agent amazon/amazon-ecs-agent:latest\n", True),
        ("#!/bin/bash\ndnf install -y ecs-init\n", False),
        ("#!/bin/bash\nsystemctl start ecs\n", False),
        ("#!/bin/bash\n# dnf install -y ecs-init\nsystemctl start ecs\n", False),
        ("#!/bin/bash\ndnf install -y docker\nsystemctl start docker\n", False),
        ("", False),
    ],
)
def test_an_agent_needs_a_script_that_installs_and_starts_it(script: str, installs: bool) -> None:
    assert installs_agent(script) is installs
    assert installs_agent(base64.b64encode(script.encode()).decode()) is installs


@pytest.mark.parametrize(
    "config",
    [
        {"ECS_INSTANCE_ATTRIBUTES": "{"},
        {"ECS_INSTANCE_ATTRIBUTES": "[]"},
        {"ECS_INSTANCE_ATTRIBUTES": '{"a": 1}'},
        {"ECS_CONTAINER_INSTANCE_TAGS": "x"},
    ],
)
def test_settings_that_are_no_json_stop_the_agent(config: dict[str, str]) -> None:
    assert read_settings(config) is None
