"""Which networks let an agent reach ECS."""

from __future__ import annotations

from typing import Any

import pytest
from agent_kit import (
    Client,
    ids,
    launch,
)

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("permissions", "joins"),
    [
        ([], False),
        (
            [{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}],
            True,
        ),
        (
            [{"IpProtocol": "tcp", "FromPort": 0, "ToPort": 65535, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}],
            True,
        ),
        ([{"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}], False),
        (
            [{"IpProtocol": "udp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}],
            False,
        ),
        (
            [{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}],
            False,
        ),
    ],
    ids=["none", "https", "all tcp", "http", "udp", "private"],
)
def test_only_outbound_https_matters_of_a_security_group(
    world: Client, permissions: list[Any], joins: bool
) -> None:
    ec2 = world("ec2")
    group = ec2.create_security_group(GroupName="labs", Description="x")["GroupId"]
    everything = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    ec2.revoke_security_group_egress(GroupId=group, IpPermissions=everything)
    if permissions:
        ec2.authorize_security_group_egress(GroupId=group, IpPermissions=permissions)
    instance_id = launch(world, SecurityGroupIds=[group])
    assert (ids(world) == [instance_id]) is joins
    ec2.authorize_security_group_egress(GroupId=group, IpPermissions=everything)
    assert ids(world) == [instance_id]


@pytest.fixture
def private(world: Client) -> dict[str, str]:
    """A VPC of the learner's own with a subnet that leads nowhere."""
    ec2 = world("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24", AvailabilityZone="eu-west-1a")["Subnet"][
        "SubnetId"
    ]
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    return {"vpc": vpc, "subnet": subnet, "table": table}


def in_subnet(world: Client, subnet: str, *, public: bool) -> str:
    interface = {"DeviceIndex": 0, "SubnetId": subnet, "AssociatePublicIpAddress": public}
    return launch(world, NetworkInterfaces=[interface])


def test_a_private_subnet_without_a_way_out_keeps_the_agent_in(
    world: Client, private: dict[str, str]
) -> None:
    in_subnet(world, private["subnet"], public=False)
    assert ids(world) == []


@pytest.mark.parametrize("public", [True, False])
def test_an_internet_gateway_needs_a_public_address(
    world: Client, private: dict[str, str], public: bool
) -> None:
    ec2 = world("ec2")
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=private["vpc"])
    ec2.create_route(RouteTableId=private["table"], DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    in_subnet(world, private["subnet"], public=public)
    assert len(ids(world)) == public


def test_a_nat_gateway_leads_out(world: Client, private: dict[str, str]) -> None:
    ec2, instance_id = world("ec2"), in_subnet(world, private["subnet"], public=False)
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = ec2.create_nat_gateway(SubnetId=private["subnet"], AllocationId=address)["NatGateway"][
        "NatGatewayId"
    ]
    ec2.create_route(RouteTableId=private["table"], DestinationCidrBlock="0.0.0.0/0", NatGatewayId=nat)
    assert ids(world) == [instance_id]


def test_the_three_endpoints_of_ecs_lead_out(world: Client, private: dict[str, str]) -> None:
    ec2, instance_id = world("ec2"), in_subnet(world, private["subnet"], public=False)
    for name in ("ecs", "ecs-agent", "ecs-telemetry"):
        assert ids(world) == []
        ec2.create_vpc_endpoint(
            VpcId=private["vpc"],
            ServiceName=f"com.amazonaws.eu-west-1.{name}",
            VpcEndpointType="Interface",
            SubnetIds=[private["subnet"]],
        )
    assert ids(world) == [instance_id]
