"""Which protocols and ports a security group's rule may name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Client = Callable[..., Any]
ANYWHERE = {"IpRanges": [{"CidrIp": "0.0.0.0/0"}]}


def admitted(ec2: Any, **rule: Any) -> dict[str, Any]:
    """The rule of a new group that admits this from anywhere, as it is described."""
    group = ec2.create_security_group(GroupName="doors", Description="-")["GroupId"]
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[{**rule, **ANYWHERE}])
    (described,) = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"]
    (permission,) = described["IpPermissions"]
    return {name: permission.get(name) for name in ("IpProtocol", "FromPort", "ToPort")}


@pytest.mark.parametrize(
    ("rule", "protocol", "ports"),
    [
        ({"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80}, "tcp", (80, 80)),
        ({"IpProtocol": "6", "FromPort": 0, "ToPort": 65535}, "tcp", (0, 65535)),
        ({"IpProtocol": "UDP", "FromPort": 1, "ToPort": 2}, "udp", (1, 2)),
        ({"IpProtocol": "icmp", "FromPort": 8, "ToPort": -1}, "icmp", (8, -1)),
        ({"IpProtocol": "icmp"}, "icmp", (-1, -1)),
        ({"IpProtocol": "-1"}, "-1", (None, None)),
        ({"IpProtocol": "all"}, "-1", (None, None)),
        ({"IpProtocol": "50"}, "50", (None, None)),
    ],
    ids=str,
)
def test_a_rule_is_described_with_the_ports_that_its_protocol_has(
    embedded: None, client: Client, rule: dict[str, Any], protocol: str, ports: tuple[int | None, int | None]
) -> None:
    found = admitted(client("ec2"), **rule)
    assert (found["IpProtocol"], (found["FromPort"], found["ToPort"])) == (protocol, ports)


@pytest.mark.parametrize(
    "ports",
    [
        {},
        {"FromPort": 80},
        {"FromPort": 81, "ToPort": 80},
        {"FromPort": 0, "ToPort": 65536},
        {"FromPort": -1, "ToPort": -1},
    ],
    ids=str,
)
@pytest.mark.parametrize("protocol", ["tcp", "udp", "6", "17"])
def test_half_a_range_of_tcp_or_udp_is_refused(
    embedded: None, client: Client, refused: Callable[..., str], protocol: str, ports: dict[str, int]
) -> None:
    message = refused(admitted, client("ec2"), IpProtocol=protocol, **ports)
    assert message == (
        "InvalidParameterValue: Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange."
    )


def test_stock_moto_breaks_on_a_protocol_without_ports(stock: None, client: Client) -> None:
    """Drop this extension when moto takes it."""
    with pytest.raises(TypeError):
        admitted(client("ec2"), IpProtocol="50")
