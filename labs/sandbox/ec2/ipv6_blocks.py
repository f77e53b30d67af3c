"""The IPv6 blocks of a VPC: up to five of Amazon's."""

from __future__ import annotations

from typing import Any

from labs.sandbox.extend import Undo, patch, set_attribute
from labs.sandbox.source import documented

MAX_BLOCKS = 5


@patch(
    "ec2:IPv6 blocks",
    "moto gives a VPC one IPv6 block",
    documented("vpc/latest/userguide/amazon-vpc-limits.html"),
)
def _allow_five() -> Undo:
    from moto.ec2.exceptions import CidrLimitExceeded
    from moto.ec2.models.vpcs import VPC

    stock = VPC.associate_vpc_cidr_block

    def associate(
        vpc: Any, cidr_block: str, amazon_provided_ipv6_cidr_block: bool = False, *rest: Any, **more: Any
    ) -> Any:
        if not amazon_provided_ipv6_cidr_block:
            return stock(vpc, cidr_block, amazon_provided_ipv6_cidr_block, *rest, **more)
        held = vpc._cidr_block_association_set
        there = [
            each
            for each in vpc.get_cidr_block_association_set(ipv6=True)
            if each["cidr_block_state"]["state"] != "disassociated"
        ]
        if len(there) >= MAX_BLOCKS:
            raise CidrLimitExceeded(vpc.id, MAX_BLOCKS)
        vpc._cidr_block_association_set = {}
        try:
            return stock(vpc, cidr_block, amazon_provided_ipv6_cidr_block, *rest, **more)
        finally:
            vpc._cidr_block_association_set = {**held, **vpc._cidr_block_association_set}

    return set_attribute(VPC, "associate_vpc_cidr_block", associate)
