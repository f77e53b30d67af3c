"""The protocol and the ports of a security group's rule: TCP and UDP have both ports, other protocols may have none.

Source: EC2 API reference, IpPermission. The message of the refusal is EC2's; in which cases it is sent is assumed.
"""

from __future__ import annotations

from typing import Any

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.security_groups import SecurityGroupRule

from labs.sandbox.extend import Undo, patch, set_attribute
from labs.sandbox.source import recorded

WITH_PORTS = ("tcp", "6", "udp", "17")
WITH_TYPES = ("icmp", "1", "icmpv6", "58")
"""Protocols whose first "port" is a type and whose second is a code; -1 means all."""
LAST_PORT = 65535


@patch(
    "ec2:rule-ports", "moto breaks down on a rule that names no ports", recorded("ec2:DescribeSecurityGroups")
)
def _allow_no_ports() -> Undo:
    stock = SecurityGroupRule.__init__

    def made(
        rule: Any,
        backend: Any,
        ip_protocol: str,
        group_id: str,
        from_port: Any,
        to_port: Any,
        *given: Any,
        **named: Any,
    ) -> None:
        protocol = str(ip_protocol).lower()
        first, last = _ports(protocol, from_port, to_port)
        known = protocol in (*WITH_PORTS, *WITH_TYPES)
        stock(rule, backend, ip_protocol if known else "-1", group_id, str(first), str(last), *given, **named)
        if not known and protocol != "all":
            rule.ip_protocol = protocol

    return set_attribute(SecurityGroupRule, "__init__", made)


def _ports(protocol: str, first: Any, last: Any) -> tuple[int, int]:
    """Both ends of the range, -1 if there is none. Raises EC2's error for half a range of TCP or UDP."""
    low, high = (-1 if end in (None, "") else int(end) for end in (first, last))
    if protocol in WITH_PORTS and not 0 <= low <= high <= LAST_PORT:
        raise EC2ClientError(
            "InvalidParameterValue",
            "Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange.",
        )
    return low, high
