"""Decides whether HTTPS from an instance or task reaches an AWS service or the internet: security groups and routes.

Network ACLs are not considered. Sources: VPC user guide ("Enable internet access for a VPC using an
internet gateway", "Gateway endpoints", "Access an AWS service using an interface VPC endpoint").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from labs.sandbox.ec2.group_access import Client, admits, covers

HTTPS = 443
EVERYWHERE = {"0.0.0.0/0", "::/0"}


@dataclass(frozen=True, slots=True)
class Origin:
    """The origin of a connection: its subnet, addresses and security groups."""

    backend: Any
    subnet: Any
    address: str
    public: bool
    groups: tuple[Any, ...]

    @classmethod
    def of_instance(cls, instance: Any) -> Origin:
        """The origin of an EC2 instance's connections: its first interface."""
        backend = instance.ec2_backend
        subnet = backend.get_subnet(instance.subnet_id)
        groups = tuple(instance.security_groups)
        return cls(backend, subnet, instance.private_ip, bool(instance.public_ip), groups)

    @classmethod
    def of_interface(cls, backend: Any, interface: Any) -> Origin:
        """The origin of connections from a task's own network interface."""
        subnet = interface.subnet
        groups = interface.group_set or [backend.get_security_group_from_name("default", subnet.vpc_id)]
        public = bool(interface.public_ip or interface.public_ip_auto_assign)
        return cls(backend, subnet, interface.private_ip_address, public, tuple(groups))


def reaches(origin: Origin, service: str) -> bool:
    """Whether an AWS service (`ecs-agent`, `ecr.api`, `s3`) is reachable by a VPC endpoint or the internet."""
    inside = [each for each in _endpoints(origin, service) if _serves(origin, each)]
    return (bool(inside) and bool(_egress_rules(origin))) or reaches_internet(origin)


def reaches_internet(origin: Origin) -> bool:
    """Whether the internet is reachable."""
    return any(_is_everywhere(rule) for rule in _egress_rules(origin)) and _has_route(origin)


def _egress_rules(origin: Origin) -> list[Any]:
    """The egress rules that allow HTTPS to any destination."""
    return [rule for group in origin.groups for rule in group.egress_rules if covers(rule, HTTPS)]


def _is_everywhere(rule: Any) -> bool:
    return rule.cidr_ipv4 in EVERYWHERE or rule.cidr_ipv6 in EVERYWHERE


def _endpoints(origin: Origin, service: str) -> list[Any]:
    name = f"com.amazonaws.{origin.backend.region_name}.{service}"
    return [
        one
        for one in origin.backend.vpc_end_points.values()
        if (one.service_name, one.vpc_id, one.state) == (name, origin.subnet.vpc_id, "available")
    ]


def _serves(origin: Origin, endpoint: Any) -> bool:
    """Whether an endpoint is reachable: by the route table (gateway) or by its security groups (interface)."""
    if (endpoint.vpc_endpoint_type or "Gateway") == "Gateway":
        table = _route_table(origin)
        return table is not None and table.id in (endpoint.route_table_ids or ())
    groups = [origin.backend.get_security_group_from_id(name) for name in endpoint.security_group_ids]
    if not groups:
        groups = [origin.backend.get_security_group_from_name("default", origin.subnet.vpc_id)]
    client = Client(frozenset(each.id for each in origin.groups), origin.address)
    return any(admits(group, HTTPS, client) for group in groups if group is not None)


def _has_route(origin: Origin) -> bool:
    """Whether there is a default route: to an internet gateway, from a public address, or to another target."""
    table = _route_table(origin)
    routes: Sequence[Any] = table.routes if table is not None else ()
    ways = [route for route in routes if route.destination_cidr_block in EVERYWHERE]
    return any(origin.public if _is_gateway(route) else not route.local for route in ways)


def _is_gateway(route: Any) -> bool:
    return (route.gateway_id or "").startswith("igw-")


def _route_table(origin: Origin) -> Any:
    """The subnet's own table, or the VPC's main one."""
    tables = [each for each in origin.backend.route_tables.values() if each.vpc_id == origin.subnet.vpc_id]
    own = [table for table in tables if _is_associated(table, origin.subnet.id)]
    return next(iter(own or [table for table in tables if table.main_association_id]), None)


def _is_associated(table: Any, subnet: str) -> bool:
    return any(association.get("SubnetId") == subnet for association in table.associations)
