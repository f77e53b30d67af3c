"""Requested private addresses: one that is outside the subnet's block, or in use, is refused."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.instances import Instance
from moto.ec2.models.subnets import Subnet

from labs.sandbox.extend import Undo, patch, set_attribute
from labs.sandbox.source import documented


@patch(
    "ec2:addresses",
    "moto breaks down",
    documented("AWSEC2/latest/APIReference/errors-overview.html"),
)
def _refuse_addresses() -> Undo:
    stock = Subnet.request_ip

    def request_ip(subnet: Any, ip: str, instance: Any) -> None:
        if isinstance(instance, Instance):  # EFS, which asks for its mount targets, has words of its own
            if ip_address(ip) not in subnet.cidr:
                message = f"Address {ip} does not fall within the subnet's address range"
                raise EC2ClientError("InvalidParameterValue", message)
            if ip in subnet._subnet_ips:
                raise EC2ClientError("InvalidIPAddress.InUse", f"Address {ip} is in use.")
        stock(subnet, ip, instance)

    return set_attribute(Subnet, "request_ip", request_ip)
