"""Access through security groups, for a client with security groups and an address."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Client:
    """The client of a connection: ids of its security groups, and private IPv4 address."""

    groups: frozenset[str]
    address: str


def admits(group: Any, port: int, client: Client) -> bool:
    """Whether a rule of the group allows the client to connect to a TCP port."""
    return any(covers(rule, port) and _is_with(group, rule, client) for rule in group.ingress_rules)


def allows_egress(group: Any, port: int, server: Client) -> bool:
    """Whether a rule of the group allows its members to connect to a TCP port of the server."""
    return any(covers(rule, port) and _is_with(group, rule, server) for rule in group.egress_rules)


def covers(rule: Any, port: int) -> bool:
    """Whether a rule includes a TCP port."""
    if rule.ip_protocol == "-1":
        return True
    return rule.ip_protocol == "tcp" and bool(rule.from_port <= port <= rule.to_port)


def _is_with(group: Any, rule: Any, peer: Client) -> bool:
    """Whether a rule includes the peer, by a group, an address range or a managed prefix list."""
    if rule.source_group.get("GroupId") in peer.groups:
        return True
    address = ipaddress.ip_address(peer.address)
    ranges = [rule.cidr_ipv4] if rule.cidr_ipv4 else _listed(group.ec2_backend, rule.prefix_list_id)
    return any(address in ipaddress.ip_network(each, strict=False) for each in ranges)


def _listed(backend: Any, name: str | None) -> list[str]:
    found = backend.managed_prefix_lists.get(name)
    return [each["Cidr"] for each in found.entries.get(found.version, [])] if found else []
