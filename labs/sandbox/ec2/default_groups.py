"""The default security group of a VPC, which allows traffic from its members, and is the default of EFS mount targets.

Sources: EC2 API reference, "Default security groups for your VPCs"; EFS API reference, CreateMountTarget.
"""

from __future__ import annotations

from typing import Any

from moto.ec2.models.security_groups import (
    SecurityGroupBackend,
    SecurityGroupRule,
)
from moto.efs.models import EFSBackend

from labs.sandbox.extend import Undo, patch, set_attribute
from labs.sandbox.source import documented, reference


@patch(
    "ec2:default-group",
    "moto's default group admits nobody",
    documented("vpc/latest/userguide/default-security-group.html"),
)
def _admit_own_members() -> Undo:
    stock = SecurityGroupBackend.create_security_group

    def create_security_group(backend: Any, *given: Any, **named: Any) -> Any:
        group = stock(backend, *given, **named)
        if group.is_default:
            itself = {"GroupId": group.id, "UserId": backend.account_id}
            rule: Any = SecurityGroupRule(backend, "-1", group.id, None, None, None, itself, is_egress=False)
            group.ingress_rules.append(rule)
        return group

    return set_attribute(SecurityGroupBackend, "create_security_group", create_security_group)


@patch(
    "efs:mount-target-group",
    "moto's mount targets have no group where none is named",
    reference("efs", "CreateMountTarget"),
)
def _give_default_group() -> Undo:
    stock = EFSBackend.create_mount_target

    def create_mount_target(
        backend: Any,
        file_system_id: str,
        subnet_id: str,
        ip_address: str | None = None,
        security_groups: list[str] | None = None,
    ) -> Any:
        target = stock(backend, file_system_id, subnet_id, ip_address, security_groups)
        if not target.security_groups:
            group = backend.ec2_backend.get_default_security_group(target.vpc_id)
            backend.modify_mount_target_security_groups(target.mount_target_id, [group.id])
        return target

    return set_attribute(EFSBackend, "create_mount_target", create_mount_target)
