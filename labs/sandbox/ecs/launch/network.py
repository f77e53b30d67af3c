"""The network of tasks in awsvpc mode: validation of requests, and an elastic network interface for each task."""

from __future__ import annotations

from typing import Any

from labs.sandbox.ecs.model.documents import check_length, new_uuid
from labs.sandbox.ecs.model.errors import invalid
from labs.sandbox.ecs.model.records import Doc, Task, TaskDefinition
from labs.sandbox.ecs.model.state import Ecs

MAX_SUBNETS = 16
MAX_SECURITY_GROUPS = 5
ATTACHMENT = "ElasticNetworkInterface"


def check_network(ecs: Ecs, definition: TaskDefinition, configuration: Doc | None, kind: str | None) -> None:
    """Raises InvalidParameterException for a network configuration that does not match the network mode."""
    given = (configuration or {}).get("awsvpcConfiguration")
    if definition.network_mode != "awsvpc":
        if given:
            raise invalid(
                "Network Configuration is not valid for the given networkMode of this task definition."
            )
        return
    if not given:
        raise invalid("Network Configuration must be provided when networkMode 'awsvpc' is specified.")
    subnets, groups = given.get("subnets") or [], given.get("securityGroups") or []
    if not subnets:
        raise invalid("subnets can not be empty.")
    check_length("subnets", subnets, MAX_SUBNETS)
    check_length("securityGroups", groups, MAX_SECURITY_GROUPS)
    if kind == "EC2" and given.get("assignPublicIp") == "ENABLED":
        raise invalid("Assign public IP is not supported for this launch type.")
    networks = {_subnet(ecs, name).vpc_id for name in subnets} | {_group(ecs, name).vpc_id for name in groups}
    if len(networks) > 1:
        raise invalid("The subnets and security groups must all be in the same VPC.")


def zone_of(ecs: Ecs, subnet: str) -> str:
    """The Availability Zone of a subnet."""
    return str(_subnet(ecs, subnet).availability_zone)


def subnet_exists(ecs: Ecs, name: str) -> bool:
    """Whether the subnet exists."""
    return _find_subnet(ecs, name) is not None


def attach(ecs: Ecs, task: Task, subnet: str, configuration: Doc) -> None:
    """Attaches a network interface in the subnet to the task, and sets the address of its containers."""
    attachment = new_uuid()
    interface = ecs.ec2.create_network_interface(
        subnet,
        None,
        group_ids=configuration.get("securityGroups") or [],
        description=ecs.arn("attachment", attachment),
        public_ip_auto_assign=configuration.get("assignPublicIp") == "ENABLED",
    )
    interface.status = "in-use"
    details = {
        "subnetId": subnet,
        "networkInterfaceId": interface.id,
        "macAddress": interface.mac_address,
        # moto's interface has none in a network without DNS hostnames, as every VPC is that one makes.
        "privateDnsName": getattr(interface, "private_dns_name", None)
        and _private_name(ecs.region, interface.private_ip_address),
        "privateIPv4Address": interface.private_ip_address,
    }
    task.doc["attachments"].append(
        {
            "id": attachment,
            "type": ATTACHMENT,
            "status": "ATTACHED",
            "details": [{"name": name, "value": value} for name, value in details.items() if value],
        }
    )
    address = {"attachmentId": attachment, "privateIpv4Address": interface.private_ip_address}
    for container in task.doc["containers"]:
        container["networkInterfaces"] = [dict(address)]


def _private_name(region: str, address: str) -> str:
    """The private DNS name of an address: with the Region, except in us-east-1."""
    domain = "ec2.internal" if region == "us-east-1" else f"{region}.compute.internal"
    return f"ip-{address.replace('.', '-')}.{domain}"


def detach(ecs: Ecs, task: Task) -> None:
    """Deletes the interfaces of a stopped task."""
    for attachment in task.doc["attachments"]:
        if attachment["type"] == ATTACHMENT:
            attachment["status"] = "DELETED"
            ecs.ec2.enis.pop(detail(attachment, "networkInterfaceId"), None)


def detail(attachment: Doc, name: str) -> str | None:
    """One of the details of an attachment, by name."""
    return next((each["value"] for each in attachment["details"] if each["name"] == name), None)


def _subnet(ecs: Ecs, name: str) -> Any:
    subnet = _find_subnet(ecs, name)
    if subnet is None:
        raise invalid(
            f"Error retrieving subnet information for [{name}]: The subnet ID '{name}' does not exist "
            "(ErrorCode: InvalidSubnetID.NotFound)"
        )
    return subnet


def _find_subnet(ecs: Ecs, name: str) -> Any:
    zones = ecs.ec2.subnets.values()
    return next((subnets[name] for subnets in zones if name in subnets), None)


def _group(ecs: Ecs, name: str) -> Any:
    group = ecs.ec2.get_security_group_from_id(name)
    if group is None:
        raise invalid(
            f"Error retrieving security group information for [{name}]: The security group '{name}' does not exist "
            "(ErrorCode: InvalidGroup.NotFound)"
        )
    return group
