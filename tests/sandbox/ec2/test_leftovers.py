"""A VPC takes its default network ACL along, a NAT gateway its network interface."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Client = Callable[..., Any]


def left(ec2: Any) -> tuple[int, int]:
    """How many more network ACLs and interfaces there are after a network has come and gone."""

    def count() -> tuple[int, int]:
        acls, interfaces = ec2.describe_network_acls(), ec2.describe_network_interfaces()
        return len(acls["NetworkAcls"]), len(interfaces["NetworkInterfaces"])

    before = count()
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    gateway = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)["NatGateway"]["NatGatewayId"]
    ec2.delete_nat_gateway(NatGatewayId=gateway)
    ec2.release_address(AllocationId=address)
    ec2.delete_subnet(SubnetId=subnet)
    ec2.delete_vpc(VpcId=vpc)
    after = count()
    return after[0] - before[0], after[1] - before[1]


def test_network_leaves_nothing(aws: None, client: Client) -> None:
    assert left(client("ec2")) == (0, 0)


def test_stock_moto_keeps_both(stock: None, client: Client) -> None:
    assert left(client("ec2")) == (1, 1)
