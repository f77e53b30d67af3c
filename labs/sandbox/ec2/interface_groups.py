"""Keeps the security groups of an instance and of its first network interface equal when either is changed.

Sources: EC2 API reference, ModifyInstanceAttribute and ModifyNetworkInterfaceAttribute.
"""

from __future__ import annotations

from typing import Any

from moto.ec2.models.elastic_network_interfaces import (
    NetworkInterfaceBackend,
)
from moto.ec2.models.instances import InstanceBackend

from labs.sandbox.extend import Undo, patch, set_attribute
from labs.sandbox.source import reference


@patch(
    "ec2:instance-groups",
    "moto leaves an instance's old groups on its interface",
    reference("ec2", "ModifyInstanceAttribute"),
)
def _change_interface_too() -> Undo:
    stock = InstanceBackend.modify_instance_security_groups

    def modify_instance_security_groups(backend: Any, instance_id: str, new_group_id_list: list[str]) -> Any:
        instance = stock(backend, instance_id, new_group_id_list)
        if interface := instance.nics.get(0):
            interface._group_set = list(instance.security_groups)
        return instance

    return set_attribute(InstanceBackend, "modify_instance_security_groups", modify_instance_security_groups)


@patch(
    "ec2:interface-groups",
    "moto leaves an interface's old groups on its instance",
    reference("ec2", "ModifyNetworkInterfaceAttribute"),
)
def _change_instance_too() -> Undo:
    stock = NetworkInterfaceBackend.modify_network_interface_attribute

    def modify_network_interface_attribute(backend: Any, eni_id: str, *given: Any, **named: Any) -> None:
        stock(backend, eni_id, *given, **named)
        interface = backend.get_network_interface(eni_id)
        if interface.instance and interface.device_index == 0:
            interface.instance.security_groups = list(interface._group_set)

    return set_attribute(
        NetworkInterfaceBackend, "modify_network_interface_attribute", modify_network_interface_attribute
    )
