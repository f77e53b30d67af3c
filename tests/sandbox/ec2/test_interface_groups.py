"""An instance and its first network interface have the same security groups, whichever of them is changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Client = Callable[..., Any]
Change = Callable[[Any, dict[str, Any], str], None]


def by_instance(ec2: Any, instance: dict[str, Any], group: str) -> None:
    ec2.modify_instance_attribute(InstanceId=instance["InstanceId"], Groups=[group])


def by_interface(ec2: Any, instance: dict[str, Any], group: str) -> None:
    interface = instance["NetworkInterfaces"][0]["NetworkInterfaceId"]
    ec2.modify_network_interface_attribute(NetworkInterfaceId=interface, Groups=[group])


CHANGES = pytest.mark.parametrize("change", [by_instance, by_interface])


def groups_after(ec2: Any, change: Change) -> tuple[set[str], set[str], str]:
    """The groups of an instance and of its interface once they were replaced, and the one that they should be."""
    first, second = (
        ec2.create_security_group(GroupName=name, Description=name)["GroupId"] for name in ("first", "second")
    )
    image = next(iter(ec2.describe_images()["Images"]), {"ImageId": "ami-12345678"})["ImageId"]
    launched = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, SecurityGroupIds=[first])
    change(ec2, launched["Instances"][0], second)
    (instance,) = ec2.describe_instances()["Reservations"][0]["Instances"]
    on_interface = instance["NetworkInterfaces"][0]["Groups"]
    return ids(instance["SecurityGroups"]), ids(on_interface), second


def ids(groups: list[dict[str, str]]) -> set[str]:
    return {each["GroupId"] for each in groups}


@pytest.mark.slow
@CHANGES
def test_a_change_replaces_the_groups_of_both(aws: None, client: Client, change: Change) -> None:
    on_instance, on_interface, wanted = groups_after(client("ec2"), change)
    assert on_instance == on_interface == {wanted}


@pytest.mark.slow
def test_a_change_of_something_else_leaves_the_groups_alone(aws: None, client: Client) -> None:
    def other(ec2: Any, instance: dict[str, Any], group: str) -> None:
        by_instance(ec2, instance, group)
        interface = instance["NetworkInterfaces"][0]["NetworkInterfaceId"]
        ec2.modify_network_interface_attribute(NetworkInterfaceId=interface, SourceDestCheck={"Value": False})

    on_instance, on_interface, wanted = groups_after(client("ec2"), other)
    assert on_instance == on_interface == {wanted}


@CHANGES
def test_stock_moto_changes_only_one_of_them_else_drop_this_extension(
    stock: None, client: Client, change: Change
) -> None:
    on_instance, on_interface, _ = groups_after(client("ec2"), change)
    assert on_instance != on_interface
