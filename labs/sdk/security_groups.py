"""Inbound rules of security groups: each a range of ports with its IPv4 and IPv6 sources."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network
from typing import TYPE_CHECKING

from labs.sdk import Account, batches

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import IpPermissionOutputTypeDef, SecurityGroupTypeDef

READS = ("ec2:DescribeSecurityGroups",)
PREFIX_LIST_READS = ("ec2:GetManagedPrefixListEntries",)

_LAST_PORT = 65535
_NUMBERS = {"6": "tcp", "17": "udp"}
_EVERYTHING = "-1"


@dataclass(frozen=True, slots=True)
class InboundRule:
    """One inbound rule of a security group: protocol, port range and sources."""

    group: str
    protocol: str
    first: int
    last: int
    groups: frozenset[str]
    networks: tuple[str, ...]
    prefix_lists: tuple[str, ...]

    def is_for(self, protocol: str, first: int, last: int) -> bool:
        """Whether the rule applies to one of these ports; a rule with protocol -1 applies to all."""
        return self.protocol in (protocol, _EVERYTHING) and self.first <= last and first <= self.last

    def __str__(self) -> str:
        ports = f"{self.first}-{self.last}" if self.first != self.last else str(self.first)
        what = "all traffic" if self.protocol == _EVERYTHING else f"{self.protocol} {ports}"
        return f"{what} from {', '.join([*sorted(self.groups), *self.networks, *self.prefix_lists]) or 'no source'}"


def inbound_rules(groups: Iterable[SecurityGroupTypeDef]) -> list[InboundRule]:
    """The inbound rules of security groups."""
    return [_inbound_rule(group["GroupId"], rule) for group in groups for rule in group["IpPermissions"]]


def groups_by_id(account: Account, ids: Iterable[str]) -> list[SecurityGroupTypeDef]:
    """The security groups with these ids that exist, each once."""
    return [
        group
        for some in batches(sorted(set(ids)), 100)
        for page in account.ec2.get_paginator("describe_security_groups").paginate(
            Filters=[{"Name": "group-id", "Values": some}]
        )
        for group in page["SecurityGroups"]
    ]


def _inbound_rule(group: str, rule: IpPermissionOutputTypeDef) -> InboundRule:
    protocol = _NUMBERS.get(rule["IpProtocol"], rule["IpProtocol"])
    # A rule about all ports names none of them, or says -1.
    first, last = rule.get("FromPort", -1), rule.get("ToPort", -1)
    networks = (
        *(each["CidrIp"] for each in rule.get("IpRanges", [])),
        *(each["CidrIpv6"] for each in rule.get("Ipv6Ranges", [])),
    )
    return InboundRule(
        group,
        protocol,
        max(first, 0),
        last if last >= 0 else _LAST_PORT,
        frozenset(each["GroupId"] for each in rule.get("UserIdGroupPairs", [])),
        networks,
        tuple(each["PrefixListId"] for each in rule.get("PrefixListIds", [])),
    )


def admits_all(inbound_rules: Iterable[InboundRule], first: int, last: int, sources: Iterable[str]) -> bool:
    """Whether the rules allow TCP on every port of the range from an interface with all these security groups.

    The rules are combined, whichever of the groups each of them names.
    """
    own = set(sources)
    named = [each for each in inbound_rules if each.groups & own and each.is_for("tcp", first, last)]
    reached = first
    for each in sorted(named, key=lambda rule: rule.first):
        if each.first <= reached:
            reached = max(reached, each.last + 1)
    return reached > last


def open_to_all(
    account: Account, inbound_rules: Iterable[InboundRule], first: int, last: int
) -> InboundRule | None:
    """A rule that, alone or with others, allows the whole internet on a TCP port of the range; else None."""
    near = [each for each in inbound_rules if each.is_for("tcp", first, last)]
    for port in sorted({max(each.first, first) for each in near}):
        here = [each for each in near if each.first <= port <= each.last]
        widest = [(each, set(networks_of(account, each))) for each in here]
        if _is_whole({network for _, networks in widest for network in networks}):
            return max(widest, key=lambda found: _width(found[1]))[0]
    return None


def networks_of(account: Account, rule: InboundRule) -> Iterator[IPv4Network | IPv6Network]:
    """The IPv4 and IPv6 networks of a rule, including those in its prefix lists."""
    for text in rule.networks:
        yield ip_network(text, strict=False)
    for name in rule.prefix_lists:
        pages = account.ec2.get_paginator("get_managed_prefix_list_entries").paginate(PrefixListId=name)
        yield from (ip_network(entry["Cidr"], strict=False) for page in pages for entry in page["Entries"])


def _is_whole(networks: set[IPv4Network | IPv6Network]) -> bool:
    """Whether these networks together contain all IPv4 addresses, or all IPv6 addresses."""
    fours = collapse_addresses(each for each in networks if isinstance(each, IPv4Network))
    sixes = collapse_addresses(each for each in networks if isinstance(each, IPv6Network))
    return any(each.prefixlen == 0 for each in fours) or any(each.prefixlen == 0 for each in sixes)


def _width(networks: set[IPv4Network | IPv6Network]) -> float:
    """The share of all addresses of its family that the largest network contains, from 0 to 1."""
    return max((2.0**-each.prefixlen for each in networks), default=0.0)
