"""Where a load balancer's rules send requests, as AWS tells it."""

from __future__ import annotations

from typing import Any, cast

import pytest

from labs.packs.aws_ecs.checks import _elb
from labs.sdk import Account
from tests.checks.canned import answering


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ({"Type": "forward", "TargetGroupArn": "a"}, {"a"}),
        (
            {
                "Type": "forward",
                "TargetGroupArn": "a",
                "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": "a"}]},
            },
            {"a"},
        ),
        (
            {
                "Type": "forward",
                "ForwardConfig": {
                    "TargetGroups": [
                        {"TargetGroupArn": "a", "Weight": 0},
                        {"TargetGroupArn": "b", "Weight": 999},
                    ]
                },
            },
            {"b"},
        ),
        ({"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_301"}}, set()),
        ({"Type": "fixed-response"}, set()),
    ],
    ids=["one group", "one group, said twice", "by weights", "a redirect", "a fixed response"],
)
def test_an_action_forwards_to_groups_with_a_weight(action: dict[str, Any], expected: set[str]) -> None:
    listener = cast("Any", {"ListenerArn": "listener"})
    reached = {group for group in ("a", "b") if _elb.forwards(_second_page(action), listener, group)}
    assert reached == expected


def _second_page(action: dict[str, Any]) -> Account:
    """An account whose listener has the rule on the second page."""
    pages: list[dict[str, Any]] = [{"Rules": [], "NextMarker": "more"}, {"Rules": [{"Actions": [action]}]}]
    return answering(elbv2=[("describe_rules", page) for page in pages])


@pytest.mark.parametrize(
    ("conditions", "forwards"),
    [
        ([{"Field": "path-pattern", "Values": ["/*"]}], False),
        ([{"Field": "path-pattern", "PathPatternConfig": {"Values": ["*"]}}], False),
        ([{"Field": "host-header", "HostHeaderConfig": {"Values": ["*"]}}], False),
        ([{"Field": "path-pattern", "Values": ["/api/*"]}], True),
        ([{"Field": "path-pattern", "Values": ["/*"]}, {"Field": "host-header", "Values": ["a.com"]}], True),
    ],
    ids=str,
)
def test_no_rule_gets_a_request_after_one_that_matches_every_request(
    conditions: list[Any], *, forwards: bool
) -> None:
    """DescribeRules gives the rules in any order."""
    rules = [
        {"Priority": "default", "Conditions": [], "Actions": [{"Type": "forward", "TargetGroupArn": "a"}]},
        {"Priority": "10", "Conditions": conditions, "Actions": [{"Type": "fixed-response"}]},
    ]
    account = answering(elbv2=[("describe_rules", {"Rules": rules})])
    assert _elb.forwards(account, cast("Any", {"ListenerArn": "listener"}), "a") is forwards


def test_a_target_on_its_way_out_is_none_any_more() -> None:
    """A task that was stopped stays in the group as draining for some minutes."""
    states = {
        32768: "healthy",
        32769: "initial",
        32770: "draining",
        32771: "unhealthy.draining",
        32772: "unhealthy",
    }
    found = [
        {"Target": {"Id": "i-1", "Port": port}, "TargetHealth": {"State": state}}
        for port, state in states.items()
    ]
    account = answering(elbv2=[("describe_target_health", {"TargetHealthDescriptions": found})])
    assert _elb.targets(account, "group") == {("i-1", 32768), ("i-1", 32769), ("i-1", 32772)}


def test_a_target_group_that_was_deleted_is_none() -> None:
    account = answering(elbv2=[("describe_target_groups", {"error": "TargetGroupNotFound"})])
    assert _elb.target_group(account, "gone") is None


def test_a_target_group_that_may_not_be_looked_at_is_a_fault() -> None:
    from botocore.exceptions import ClientError

    account = answering(elbv2=[("describe_target_groups", {"error": "AccessDenied"})])
    with pytest.raises(ClientError, match="AccessDenied"):
        _elb.target_group(account, "closed")
