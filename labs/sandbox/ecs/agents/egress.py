"""Whether an instance can reach ECS: a security group that lets HTTPS out, and a route to the endpoints.

Network access control lists are not looked at. moto's default VPC has no Internet gateway, though AWS's has one:
it counts as if it had.
"""

from __future__ import annotations

from typing import Any

HTTPS = 443
EVERYWHERE = {"0.0.0.0/0", "::/0"}
ENDPOINTS = ("ecs", "ecs-agent", "ecs-telemetry")


def reaches_ecs(instance: Any) -> bool:
    """Whether HTTPS from the instance arrives at ECS, over the Internet or by the VPC's own endpoints."""
    inside = _has_endpoints(instance)
    rules = [rule for group in instance.security_groups for rule in group.egress_rules if _is_https(rule)]
    if inside:
        return bool(rules)
    return any(_is_everywhere(rule) for rule in rules) and _has_route(instance)


def _is_https(rule: Any) -> bool:
    if rule.ip_protocol == "-1":
        return True
    return rule.ip_protocol == "tcp" and bool(rule.from_port <= HTTPS <= rule.to_port)


def _is_everywhere(rule: Any) -> bool:
    return rule.cidr_ipv4 in EVERYWHERE or rule.cidr_ipv6 in EVERYWHERE


def _has_endpoints(instance: Any) -> bool:
    backend = instance.ec2_backend
    endpoints = backend.vpc_end_points.values()
    names = {
        one.service_name for one in endpoints if one.vpc_id == instance.vpc_id and one.state == "available"
    }
    return all(f"com.amazonaws.{backend.region_name}.{name}" in names for name in ENDPOINTS)


def _has_route(instance: Any) -> bool:
    """Through an Internet gateway with a public address, or through anything else that takes all addresses."""
    backend = instance.ec2_backend
    if backend.vpcs[instance.vpc_id].is_default and instance.public_ip:
        return True
    ways = [route for route in _routes(backend, instance) if route.destination_cidr_block in EVERYWHERE]
    return any(bool(instance.public_ip) if _is_gateway(route) else not route.local for route in ways)


def _is_gateway(route: Any) -> bool:
    return (route.gateway_id or "").startswith("igw-")


def _routes(backend: Any, instance: Any) -> list[Any]:
    """The routes of the subnet's own table, or of the VPC's main one."""
    tables = [table for table in backend.route_tables.values() if table.vpc_id == instance.vpc_id]
    own = [table for table in tables if _is_associated(table, instance.subnet_id)]
    main = [table for table in tables if table.main_association_id]
    return [route for table in (own or main)[:1] for route in table.routes]


def _is_associated(table: Any, subnet: str) -> bool:
    return any(association.get("SubnetId") == subnet for association in table.associations)
