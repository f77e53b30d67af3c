"""AWS's default security groups, where a request names no group."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Client = Callable[..., Any]


def default_group(ec2: Any, vpc: str) -> Any:
    filters = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "group-name", "Values": ["default"]}]
    (group,) = ec2.describe_security_groups(Filters=filters)["SecurityGroups"]
    return group


def default_vpc(ec2: Any) -> str:
    (vpc,) = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"]
    return str(vpc["VpcId"])


def mount_target(client: Client, **given: Any) -> Any:
    ec2, efs = client("ec2"), client("efs")
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    file_system = efs.create_file_system()["FileSystemId"]
    return efs.create_mount_target(FileSystemId=file_system, SubnetId=subnet, **given)


@pytest.mark.parametrize("own", [False, True], ids=["the default VPC", "a VPC of one's own"])
def test_the_default_group_of_every_vpc_admits_its_own_members_only(
    aws: None, client: Client, own: bool
) -> None:
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"] if own else default_vpc(ec2)
    group = default_group(ec2, vpc)
    (rule,) = group["IpPermissions"]
    assert rule["IpProtocol"] == "-1"
    assert [pair["GroupId"] for pair in rule["UserIdGroupPairs"]] == [group["GroupId"]]
    assert not rule["IpRanges"]


def test_a_group_of_ones_own_admits_nobody_at_first(aws: None, client: Client) -> None:
    ec2 = client("ec2")
    made = ec2.create_security_group(GroupName="closed", Description="closed")["GroupId"]
    assert ec2.describe_security_groups(GroupIds=[made])["SecurityGroups"][0]["IpPermissions"] == []


def test_a_mount_target_without_a_group_gets_the_default_group(aws: None, client: Client) -> None:
    ec2, efs = client("ec2"), client("efs")
    target = mount_target(client)
    default = default_group(ec2, default_vpc(ec2))["GroupId"]
    groups = efs.describe_mount_target_security_groups(MountTargetId=target["MountTargetId"])[
        "SecurityGroups"
    ]
    interface = ec2.describe_network_interfaces(NetworkInterfaceIds=[target["NetworkInterfaceId"]])
    assert groups == [default]
    assert [each["GroupId"] for each in interface["NetworkInterfaces"][0]["Groups"]] == [default]


def test_a_mount_target_keeps_the_group_that_it_was_given(aws: None, client: Client) -> None:
    made = client("ec2").create_security_group(GroupName="files", Description="files")["GroupId"]
    target = mount_target(client, SecurityGroups=[made])
    answer = client("efs").describe_mount_target_security_groups(MountTargetId=target["MountTargetId"])
    assert answer["SecurityGroups"] == [made]


def test_stock_moto_still_leaves_both_out_else_drop_this_extension(stock: None, client: Client) -> None:
    ec2 = client("ec2")
    target = mount_target(client)
    answer = client("efs").describe_mount_target_security_groups(MountTargetId=target["MountTargetId"])
    assert not answer.get("SecurityGroups")
    assert default_group(ec2, default_vpc(ec2))["IpPermissions"] == []
