"""Security group rules taken together: ranges that adjoin, halves of the Internet, IPv6, prefix lists."""

from __future__ import annotations

from typing import Any, cast

import pytest

from labs.sdk import security_groups
from tests.checks.canned import answering

ALB = "sg-alb"
EPHEMERAL = (32768, 65535)


def rule(ports: tuple[int, int] | None, *sources: str, protocol: str = "tcp") -> dict[str, Any]:
    """A rule of a group; a source is a group, a prefix list or a network. Without ports it is about all of them."""
    numbers = {"FromPort": ports[0], "ToPort": ports[1]} if ports else {}
    return {
        "IpProtocol": protocol,
        **numbers,
        "UserIdGroupPairs": [{"GroupId": each} for each in sources if each.startswith("sg-")],
        "PrefixListIds": [{"PrefixListId": each} for each in sources if each.startswith("pl-")],
        "IpRanges": [{"CidrIp": each} for each in sources if "." in each],
        "Ipv6Ranges": [{"CidrIpv6": each} for each in sources if ":" in each],
    }


def inbound_rules(*rules: dict[str, Any]) -> list[security_groups.InboundRule]:
    return security_groups.inbound_rules([cast("Any", {"GroupId": "sg-own", "IpPermissions": list(rules)})])


@pytest.mark.parametrize(
    "rules",
    [
        pytest.param([rule(EPHEMERAL, ALB)], id="the range itself"),
        pytest.param([rule((0, 65535), ALB)], id="more than the range"),
        pytest.param([rule(None, ALB, protocol="-1")], id="everything"),
        pytest.param([rule((-1, -1), ALB, protocol="-1")], id="everything, with ports of -1"),
        pytest.param([rule(EPHEMERAL, ALB, protocol="6")], id="TCP by its number"),
        pytest.param(
            [rule((50000, 65535), ALB), rule((32768, 49999), ALB)], id="two that adjoin, the upper first"
        ),
        pytest.param([rule((32000, 60999), ALB), rule((49153, 65535), ALB)], id="two that overlap"),
        pytest.param([rule((40000, 40001), ALB), rule(EPHEMERAL, "sg-x", ALB)], id="among other sources"),
        pytest.param([rule(EPHEMERAL, "sg-b")], id="from the second of its groups"),
        pytest.param(
            [rule((32768, 50000), ALB), rule((50001, 65535), "sg-b")], id="half from each of its groups"
        ),
    ],
)
def test_the_whole_range_is_admitted(rules: list[dict[str, Any]]) -> None:
    """Whatever a load balancer sends comes from all of its groups at once."""
    assert security_groups.admits_all(inbound_rules(*rules), *EPHEMERAL, [ALB, "sg-b"])


@pytest.mark.parametrize(
    "rules",
    [
        pytest.param([], id="no rule"),
        pytest.param([rule((32769, 65535), ALB)], id="without the first port"),
        pytest.param([rule((32768, 65534), ALB)], id="without the last port"),
        pytest.param([rule((32768, 40000), ALB), rule((40002, 65535), ALB)], id="a gap of one port"),
        pytest.param([rule(EPHEMERAL, ALB, protocol="udp")], id="by UDP"),
        pytest.param([rule(EPHEMERAL, "sg-other")], id="from another group"),
        pytest.param([rule(EPHEMERAL, "sg-albert")], id="from a group whose name begins alike"),
        pytest.param([rule(EPHEMERAL, "0.0.0.0/0")], id="from everywhere, without naming the group"),
        pytest.param(
            [rule((32768, 50000), ALB), rule((50001, 65535), "sg-other")], id="half from another group"
        ),
        pytest.param([rule((0, 0), ALB)], id="port 0 alone, which is no word for all ports"),
    ],
)
def test_the_range_is_not_admitted_as_a_whole(rules: list[dict[str, Any]]) -> None:
    assert not security_groups.admits_all(inbound_rules(*rules), *EPHEMERAL, [ALB, "sg-b"])


@pytest.mark.parametrize(
    "rules",
    [
        pytest.param([rule((40000, 40000), "0.0.0.0/0")], id="one port"),
        pytest.param([rule((1, 32768), "10.0.0.0/8", "0.0.0.0/0")], id="the first port, among other sources"),
        pytest.param([rule(None, "::/0", protocol="-1")], id="everything by IPv6"),
        pytest.param([rule((0, 65535), "0.0.0.0/1", "128.0.0.0/1")], id="two halves in one rule"),
        pytest.param(
            [rule((0, 50000), "0.0.0.0/1"), rule((50000, 65535), "128.0.0.0/1")], id="meeting on one port"
        ),
        pytest.param([rule(EPHEMERAL, "::/1"), rule(EPHEMERAL, "8000::/1")], id="two halves of IPv6"),
    ],
)
def test_the_whole_internet_comes_in(rules: list[dict[str, Any]]) -> None:
    assert security_groups.open_to_all(answering(), inbound_rules(*rules), *EPHEMERAL)


@pytest.mark.parametrize(
    "rules",
    [
        pytest.param([], id="no rule"),
        pytest.param([rule(EPHEMERAL, ALB)], id="a group"),
        pytest.param([rule((80, 80), "0.0.0.0/0"), rule((22, 32767), "::/0")], id="other ports"),
        pytest.param([rule(EPHEMERAL, "0.0.0.0/0", protocol="udp")], id="UDP"),
        pytest.param([rule((8, 0), "0.0.0.0/0", protocol="icmp")], id="ping"),
        pytest.param([rule(EPHEMERAL, "203.0.113.7/32")], id="one address"),
        pytest.param(
            [rule((0, 40000), "0.0.0.0/1"), rule((40001, 65535), "128.0.0.0/1")], id="halves that never meet"
        ),
        pytest.param([rule(EPHEMERAL, "0.0.0.0/1", "8000::/1")], id="a half of each family"),
    ],
)
def test_the_internet_stays_outside(rules: list[dict[str, Any]]) -> None:
    assert security_groups.open_to_all(answering(), inbound_rules(*rules), *EPHEMERAL) is None


def test_a_prefix_list_lets_in_what_its_last_page_holds() -> None:
    entries = [{"Cidr": "10.0.0.0/8"}], [{"Cidr": "0.0.0.0/0"}]
    account = answering(
        ec2=[
            ("get_managed_prefix_list_entries", {"Entries": entries[0], "NextToken": "more"}),
            ("get_managed_prefix_list_entries", {"Entries": entries[1]}),
        ]
    )
    found = security_groups.open_to_all(account, inbound_rules(rule(EPHEMERAL, "pl-1")), *EPHEMERAL)
    assert found is not None
    assert str(found) == "tcp 32768-65535 from pl-1"


def test_the_rule_by_which_most_of_the_internet_comes_in_is_reported() -> None:
    """The other half is a rule as well, and so is the one for the own network."""
    narrow = rule((0, 65535), "192.0.2.0/24", "128.0.0.0/2", "192.0.0.0/2")
    wide = rule(EPHEMERAL, "203.0.113.7/32", "0.0.0.0/1")
    for rules in ((narrow, wide), (wide, narrow)):
        found = security_groups.open_to_all(
            answering(), inbound_rules(rule((0, 65535), ALB), *rules), *EPHEMERAL
        )
        assert found is not None
        assert str(found) == "tcp 32768-65535 from 203.0.113.7/32, 0.0.0.0/1"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (rule((80, 80), ALB), "tcp 80 from sg-alb"),
        (rule((80, 81), "10.0.0.0/8", "sg-b", ALB), "tcp 80-81 from sg-alb, sg-b, 10.0.0.0/8"),
        (rule(None, "::/0", protocol="-1"), "all traffic from ::/0"),
        (rule((53, 53), protocol="17"), "udp 53 from no source"),
    ],
)
def test_a_rule_is_told_as_people_say_it(given: dict[str, Any], message: str) -> None:
    assert [str(each) for each in inbound_rules(given)] == [message]


@pytest.mark.parametrize("ports", [None, (-1, -1)])
def test_a_rule_about_everything_is_about_every_port(ports: tuple[int, int] | None) -> None:
    [everything] = inbound_rules(rule(ports, ALB, protocol="-1"))
    assert (everything.first, everything.last) == (0, 65535)
