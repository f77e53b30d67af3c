"""Typed readers of networks that several labs share: subnets and zones, where tasks are, what groups admit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network
from typing import TYPE_CHECKING

from labs.sdk import Account, batches, first_of, security_groups

from . import _ec2, _ecs

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import FilterTypeDef, SecurityGroupTypeDef, SubnetTypeDef
    from mypy_boto3_ecs.type_defs import AwsVpcConfigurationOutputTypeDef, ServiceTypeDef

SUBNET_READS = ("ec2:DescribeSubnets",)
ADMISSION_READS = (*security_groups.READS, *security_groups.PREFIX_LIST_READS)
PLACE_READS = (*SUBNET_READS, *_ec2.GROUP_READS, *_ecs.INSTANCE_READS, *_ec2.INSTANCE_READS)


Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Place:
    """Where the tasks of a service may run, and the security groups on the interfaces that they speak from."""

    subnets: tuple[SubnetTypeDef, ...]
    groups: frozenset[str]

    @property
    def zones(self) -> frozenset[tuple[str, str]]:
        """The network and Availability Zone of each subnet."""
        return frozenset(map(zone_of, self.subnets))


def zone_of(subnet: SubnetTypeDef) -> tuple[str, str]:
    """The network of a subnet, and its Availability Zone."""
    return subnet["VpcId"], subnet["AvailabilityZone"]


def ranges_of(subnet: SubnetTypeDef) -> list[str]:
    """The addresses from which tasks in a subnet speak: those of IPv4, or of IPv6 where it has no others."""
    if block := subnet.get("CidrBlock"):
        return [block]
    return [each["Ipv6CidrBlock"] for each in subnet.get("Ipv6CidrBlockAssociationSet", [])]


def places_of(account: Account, service: ServiceTypeDef) -> list[Place]:
    """Where a service's own network configuration puts its tasks; each instance of its cluster where it has none."""
    network = _ecs.LaunchSettings(service).network
    if network is None:
        return _on_instances(account, service["clusterArn"])
    found = tuple(subnets(account, network["subnets"]))
    return [Place(found, frozenset(groups_of(account, network, found)))]


def groups_of(
    account: Account, network: AwsVpcConfigurationOutputTypeDef, found: Iterable[SubnetTypeDef]
) -> list[str]:
    """The groups that a network configuration names; the default one of the network of its subnets if none."""
    vpcs = sorted({subnet["VpcId"] for subnet in found})
    return network.get("securityGroups", []) or [default_group(account, vpc) for vpc in vpcs]


def _on_instances(account: Account, cluster: str) -> list[Place]:
    registered = _ecs.active_instances(account, cluster)
    instances = _ec2.running(account, [each["ec2InstanceId"] for each in registered])
    found = {each["SubnetId"]: each for each in subnets(account, (one["SubnetId"] for one in instances))}
    return [
        Place((found[each["SubnetId"]],), frozenset(_ec2.group_ids(each)))
        for each in instances
        if each["SubnetId"] in found
    ]


def subnets(account: Account, ids: Iterable[str]) -> list[SubnetTypeDef]:
    """Those of these subnets that are there, each once."""
    return [
        subnet
        for some in batches(sorted(set(ids)), 100)
        for page in account.ec2.get_paginator("describe_subnets").paginate(
            Filters=[{"Name": "subnet-id", "Values": some}]
        )
        for subnet in page["Subnets"]
    ]


def default_group(account: Account, vpc: str) -> str:
    """The default security group of a VPC."""
    filters: list[FilterTypeDef] = [
        {"Name": "vpc-id", "Values": [vpc]},
        {"Name": "group-name", "Values": ["default"]},
    ]
    return first_of(_groups(account, filters), f"the default group of {vpc}")["GroupId"]


def _groups(account: Account, filters: list[FilterTypeDef]) -> list[SecurityGroupTypeDef]:
    pages = account.ec2.get_paginator("describe_security_groups").paginate(Filters=filters)
    return [group for page in pages for group in page["SecurityGroups"]]


@dataclass(frozen=True, slots=True)
class Sources:
    """Who may open a TCP connection to one port, as security groups say it."""

    groups: frozenset[str]
    networks: tuple[Network, ...]

    def admit(self, groups: Iterable[str], networks: Iterable[str]) -> bool:
        """Whether one of these groups is allowed, or else every address of these networks."""
        return bool(self.groups.intersection(groups)) or self.cover(networks)

    def cover(self, networks: Iterable[str]) -> bool:
        """Whether every address of these networks is allowed; False for no networks."""
        wanted = [_network(each) for each in networks]
        return bool(wanted) and all(any(_is_within(each, one) for one in self.networks) for each in wanted)

    def __str__(self) -> str:
        return ", ".join([*sorted(self.groups), *map(str, self.networks)]) or "no source"


def sources(account: Account, groups: Iterable[SecurityGroupTypeDef], port: int) -> Sources:
    """The sources that the inbound rules of all these groups together allow on a TCP port."""
    rules = [each for each in security_groups.inbound_rules(groups) if each.is_for("tcp", port, port)]
    admitted = frozenset[str]().union(*(each.groups for each in rules))
    networks = (network for each in rules for network in security_groups.networks_of(account, each))
    return Sources(admitted, _collapsed(networks))


def _collapsed(networks: Iterable[Network]) -> tuple[Network, ...]:
    """The same addresses in as few networks as possible, those of IPv4 first."""
    given = list(networks)
    fours = collapse_addresses(each for each in given if isinstance(each, IPv4Network))
    sixes = collapse_addresses(each for each in given if isinstance(each, IPv6Network))
    return (*fours, *sixes)


def _network(cidr: str) -> Network:
    return ip_network(cidr, strict=False)


def _is_within(inner: Network, outer: Network) -> bool:
    if isinstance(inner, IPv4Network):
        return isinstance(outer, IPv4Network) and inner.subnet_of(outer)
    return isinstance(outer, IPv6Network) and inner.subnet_of(outer)
