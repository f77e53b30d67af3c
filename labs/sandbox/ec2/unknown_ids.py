"""Ids that do not exist, in requests in which moto accepts them, and a second internet gateway of a VPC.

The words are those of boto/boto3#779 and binlab/terraform-aws-vault-ha-raft#54.
"""

from __future__ import annotations

from typing import Any

from moto.ec2.exceptions import EC2ClientError, InvalidSecurityGroupNotFoundError

from labs.sandbox.extend import Stock, operation


@operation("ec2", "CreateSecurityGroup", "moto creates groups in VPCs that do not exist")
def create_security_group(response: Any, stock: Stock) -> Any:
    """Creates a security group in a VPC that exists."""
    vpc = response._get_param("VpcId")
    if vpc:
        response.ec2_backend.get_vpc(vpc)
    return stock()


@operation("ec2", "CreateNetworkInterface", "moto creates the security groups that do not exist")
def create_network_interface(response: Any, stock: Stock) -> Any:
    """Creates a network interface with security groups that exist."""
    for group in response._get_param("Groups") or ():
        if response.ec2_backend.get_security_group_from_id(group) is None:
            raise InvalidSecurityGroupNotFoundError(group)
    return stock()


@operation("ec2", "CreateRoute", "moto creates routes to NAT gateways that do not exist")
def create_route(response: Any, stock: Stock) -> Any:
    """Creates a route, to a NAT gateway that exists if it names one."""
    gateway = response._get_param("NatGatewayId")
    if gateway and gateway not in response.ec2_backend.nat_gateways:
        raise EC2ClientError("InvalidNatGatewayID.NotFound", f"The natGateway ID '{gateway}' does not exist")
    return stock()


@operation("ec2", "AttachInternetGateway", "moto attaches several internet gateways to one VPC")
def attach_internet_gateway(response: Any, stock: Stock) -> Any:
    """Attaches an internet gateway to a VPC that has none."""
    vpc, gateway = response._get_param("VpcId"), response._get_param("InternetGatewayId")
    attached = response.ec2_backend.internet_gateways.values()
    if any(each.vpc and each.vpc.id == vpc and each.id != gateway for each in attached):
        raise EC2ClientError(
            "InvalidParameterValue", f"Network {vpc} already has an internet gateway attached"
        )
    return stock()
