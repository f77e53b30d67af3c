"""The default VPC, which has an internet gateway, and a route to it in its main route table."""

from __future__ import annotations

from typing import Any

from labs.sandbox.extend import Undo, patch, set_attribute
from labs.sandbox.source import documented


@patch(
    "ec2:default-vpc",
    "moto's default VPC has no internet gateway",
    documented("vpc/latest/userguide/default-vpc.html"),
)
def _connect_default_vpc() -> Undo:
    from moto.ec2.models import ec2_backends
    from moto.ec2.models.vpcs import VPCBackend

    stock = VPCBackend.create_default_vpc

    def create_default_vpc(backend: Any) -> Any:
        vpc = stock(backend)
        gateway = backend.create_internet_gateway()
        backend.attach_internet_gateway(gateway.id, vpc.id)
        tables = backend.route_tables.values()
        main = next(each for each in tables if each.vpc_id == vpc.id and each.main_association_id)
        backend.create_route(main.id, "0.0.0.0/0", gateway_id=gateway.id)
        return vpc

    undo = set_attribute(VPCBackend, "create_default_vpc", create_default_vpc)
    # A backend has its default VPC from its beginning.
    ec2_backends.clear()

    def restore() -> None:
        undo()
        ec2_backends.clear()

    return restore
