"""Whom security groups let in: rules as DescribeSecurityGroups answers them, odd ones among them."""

from __future__ import annotations

from typing import Any, cast

import pytest

from labs.packs.aws_ecs.checks import _net
from labs.packs.aws_ecs.checks._net import Sources
from tests.checks.canned import Answer, answering

NOBODY = cast("Any", None)
"""No account is asked unless a rule names a prefix list."""


def rule(
    protocol: str = "tcp", first: int | None = 2049, last: int | None = 2049, **more: Any
) -> dict[str, Any]:
    ports = {"FromPort": first, "ToPort": last}
    return {"IpProtocol": protocol, **{k: v for k, v in ports.items() if v is not None}, **more}


def seen(*rules: dict[str, Any]) -> Sources:
    return _net.sources(NOBODY, cast("Any", [{"GroupId": "sg-files", "IpPermissions": list(rules)}]), 2049)


FROM_TASKS = {"UserIdGroupPairs": [{"GroupId": "sg-tasks"}]}
FROM_RANGE = {"IpRanges": [{"CidrIp": "10.0.0.0/16"}]}


@pytest.mark.parametrize(
    ("given", "admitted"),
    [
        (rule(**FROM_TASKS), True),
        (rule(first=0, last=65535, **FROM_TASKS), True),
        (rule("-1", None, None, **FROM_TASKS), True),
        (rule("50", None, None, **FROM_TASKS), False),
        (rule("6", **FROM_TASKS), True),
        (rule(**FROM_RANGE), True),
        (rule("udp", **FROM_TASKS), False),
        (rule("icmp", -1, -1, **FROM_TASKS), False),
        (rule(first=2050, last=65535, **FROM_TASKS), False),
        (rule(first=111, last=2048, **FROM_TASKS), False),
        (rule(UserIdGroupPairs=[{"GroupId": "sg-files"}]), False),
        (rule(IpRanges=[{"CidrIp": "10.0.1.0/25"}]), False),
        (rule(IpRanges=[{"CidrIp": "10.0.1.0/25"}, {"CidrIp": "10.0.1.128/25"}]), True),
        (rule(Ipv6Ranges=[{"CidrIpv6": "::/0"}]), False),
        (rule(), False),
    ],
)
def test_a_rule_admits_by_protocol_port_and_source(given: dict[str, Any], admitted: bool) -> None:
    assert seen(given).admit({"sg-tasks"}, ["10.0.1.0/24"]) is admitted


def test_ranges_must_cover_every_network() -> None:
    assert not seen(rule(**FROM_RANGE)).cover(["10.0.1.0/24", "10.1.0.0/24"])


def test_nothing_covers_no_network_at_all() -> None:
    assert not seen(rule(IpRanges=[{"CidrIp": "0.0.0.0/0"}])).cover([])


def test_who_is_let_in_is_told_groups_first() -> None:
    pairs = [{"GroupId": "sg-b"}, {"GroupId": "sg-a"}]
    ranges = [{"CidrIp": "10.1.0.0/16"}, {"CidrIp": "10.0.0.7/16"}]
    assert str(seen(rule(UserIdGroupPairs=pairs, IpRanges=ranges))) == "sg-a, sg-b, 10.0.0.0/15"


def entries(*ranges: str, more: bool = False) -> Answer:
    found: dict[str, Any] = {"Entries": [{"Cidr": each} for each in ranges]}
    return "get_managed_prefix_list_entries", {**found, "NextToken": "more"} if more else found


def test_a_prefix_list_lets_in_the_ranges_of_all_its_pages() -> None:
    """One of IPv6 is no fault, and lets no subnet of IPv4 in."""
    answers = [entries("2001:db8::/32"), entries("10.0.0.0/25", more=True), entries("10.0.0.128/25")]
    lists = [{"PrefixListId": "pl-6"}, {"PrefixListId": "pl-4"}]
    group: Any = {"GroupId": "sg-files", "IpPermissions": [rule(PrefixListIds=lists)]}
    found = _net.sources(answering(ec2=answers), [group], 2049)
    assert str(found) == "10.0.0.0/24, 2001:db8::/32"
    assert found.cover(["10.0.0.0/24"])
    assert not found.cover(["10.0.0.0/23"])
    assert found.cover(["2001:db8:1::/64"])


def test_a_subnet_of_ipv6_only_is_let_in_by_its_own_addresses() -> None:
    blocks = [{"Ipv6CidrBlock": "2001:db8:1::/64"}]
    subnet = cast("Any", {"SubnetId": "subnet-1", "Ipv6CidrBlockAssociationSet": blocks})
    assert _net.ranges_of(subnet) == ["2001:db8:1::/64"]
    assert _net.ranges_of({**subnet, "CidrBlock": "10.0.1.0/24"}) == ["10.0.1.0/24"]
    rules = rule(Ipv6Ranges=[{"CidrIpv6": "2001:db8::/32"}])
    assert seen(rules).admit({"sg-tasks"}, _net.ranges_of(subnet))
    assert not seen(rule(**FROM_RANGE)).admit({"sg-tasks"}, _net.ranges_of(subnet))


def test_no_rule_allows_no_source() -> None:
    assert str(seen()) == "no source"
    assert not seen().admit({"sg-tasks"}, ["10.0.1.0/24"])


def test_a_service_without_groups_has_the_default_one_of_its_network() -> None:
    asked: list[Any] = []

    class Pages:
        def __init__(self, key: str, *pages: list[dict[str, str]]) -> None:
            self.key, self.pages = key, pages

        def paginate(self, **given: Any) -> list[dict[str, Any]]:
            asked.append(given["Filters"])
            return [{self.key: page} for page in self.pages]

    class Ec2:
        def get_paginator(self, name: str) -> Pages:
            subnets = [{"SubnetId": each, "VpcId": "vpc-1", "AvailabilityZone": f"z{each}"} for each in "ab"]
            if name == "describe_subnets":
                return Pages("Subnets", subnets[:1], subnets[1:])
            return Pages("SecurityGroups", [], [{"GroupId": "sg-default"}])

    account = cast("Any", type("Account", (), {"ec2": Ec2()})())
    service = cast("Any", {"networkConfiguration": {"awsvpcConfiguration": {"subnets": ["a", "b"]}}})
    [place] = _net.places_of(account, service)
    assert place.groups == {"sg-default"}
    assert place.zones == {("vpc-1", "za"), ("vpc-1", "zb")}
    assert asked[1] == [
        {"Name": "vpc-id", "Values": ["vpc-1"]},
        {"Name": "group-name", "Values": ["default"]},
    ]


def test_each_instance_of_a_cluster_is_a_place_of_its_own() -> None:
    """What one instance's group opens does not help the tasks on another."""
    hosts = {"a": "sg-0000000a", "b": "sg-0000000b"}
    registered = [
        {"containerInstanceArn": name, "ec2InstanceId": f"i-{name}", "status": "ACTIVE"} for name in hosts
    ]
    instances = [
        {
            "InstanceId": f"i-{name}",
            "LaunchTime": 0,
            "SubnetId": f"subnet-0000000{name}",
            "SecurityGroups": [{"GroupId": group}],
        }
        for name, group in hosts.items()
    ]
    subnets = [
        {"SubnetId": f"subnet-0000000{name}", "VpcId": "vpc-1", "AvailabilityZone": name} for name in hosts
    ]
    account = answering(
        ecs=[
            ("list_container_instances", {"containerInstanceArns": list(hosts)}),
            ("describe_container_instances", {"containerInstances": registered}),
        ],
        ec2=[
            ("describe_instances", {"Reservations": [{"Instances": instances}]}),
            ("describe_subnets", {"Subnets": subnets}),
        ],
    )
    places = _net.places_of(account, cast("Any", {"clusterArn": "labs"}))
    found = [(place.zones, place.groups) for place in places]
    assert found == [({("vpc-1", name)}, {group}) for name, group in hosts.items()]
