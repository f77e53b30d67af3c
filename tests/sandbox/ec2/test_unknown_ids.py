"""Ids that do not exist are refused, as by EC2."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

GROUP, NAT, VPC = "sg-12345678901234567", "nat-12345678901234567", "vpc-12345678901234567"
Client = Callable[..., Any]


def requests(ec2: Any) -> Iterator[Callable[[], Any]]:
    """A request with each id that does not exist, and for a second internet gateway."""
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    table = ec2.describe_route_tables()["RouteTables"][0]["RouteTableId"]
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    first, second = (ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"] for _ in range(2))
    ec2.attach_internet_gateway(InternetGatewayId=first, VpcId=vpc)
    yield lambda: ec2.create_security_group(GroupName="web", Description="web", VpcId=VPC)
    yield lambda: ec2.create_network_interface(SubnetId=subnet, Groups=[GROUP])
    yield lambda: ec2.create_route(RouteTableId=table, DestinationCidrBlock="172.16.0.0/12", NatGatewayId=NAT)
    yield lambda: ec2.attach_internet_gateway(InternetGatewayId=second, VpcId=vpc)


def test_ids_that_do_not_exist_are_refused(aws: None, client: Client, refused: Callable[..., str]) -> None:
    words = [refused(request) for request in requests(client("ec2"))]
    assert words[0].startswith("InvalidVpcID.NotFound")
    assert words[1] == f"InvalidGroup.NotFound: The security group '{GROUP}' does not exist"
    assert words[2] == f"InvalidNatGatewayID.NotFound: The natGateway ID '{NAT}' does not exist"
    assert words[3].endswith("already has an internet gateway attached")


def test_stock_moto_accepts_them_all(stock: None, client: Client) -> None:
    """If a request is refused here, drop its extension."""
    for request in requests(client("ec2")):
        request()
