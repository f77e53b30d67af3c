"""Deletes what belongs to a deleted VPC or NAT gateway: default network ACL, network interface.

Sources: VPC user guide, "Delete your VPC" and "Delete a NAT gateway".
"""

from __future__ import annotations

from typing import Any

from moto.ec2.models.nat_gateways import NatGatewayBackend
from moto.ec2.models.vpcs import VPCBackend

from labs.sandbox.extend import Undo, patch, set_attribute
from labs.sandbox.source import documented


@patch(
    "ec2:network ACL of a VPC",
    "moto keeps the default network ACL of a VPC that is deleted",
    documented("vpc/latest/userguide/delete-vpc.html"),
)
def _delete_default_acl() -> Undo:
    stock = VPCBackend.delete_vpc

    def delete_vpc(backend: Any, vpc_id: str) -> Any:
        deleted = stock(backend, vpc_id)
        acls = backend.network_acls
        for name in [name for name, acl in acls.items() if acl.vpc_id == vpc_id and acl.default]:
            del acls[name]
        return deleted

    return set_attribute(VPCBackend, "delete_vpc", delete_vpc)


@patch(
    "ec2:interface of a NAT gateway",
    "moto keeps the network interface of a NAT gateway that is deleted",
    documented("vpc/latest/userguide/nat-gateway-working-with.html"),
)
def _delete_interface() -> Undo:
    stock = NatGatewayBackend.delete_nat_gateway

    def delete_nat_gateway(backend: Any, nat_gateway_id: str) -> Any:
        deleted = stock(backend, nat_gateway_id)
        for address in backend.addresses:
            if address.eni is deleted._eni:
                address.eni = address.association_id = None
        backend.enis.pop(deleted._eni.id, None)
        return deleted

    return set_attribute(NatGatewayBackend, "delete_nat_gateway", delete_nat_gateway)
