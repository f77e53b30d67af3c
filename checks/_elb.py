"""Typed readers of load balancers: target groups, what forwards to them, and the targets in them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from labs.sdk import Account, first_of

if TYPE_CHECKING:
    from mypy_boto3_elbv2.type_defs import (
        ActionOutputTypeDef,
        ListenerTypeDef,
        LoadBalancerTypeDef,
        TargetGroupTypeDef,
    )

GROUP_READS = ("elbv2:DescribeTargetGroups",)
BALANCER_READS = ("elbv2:DescribeLoadBalancers",)
LISTENER_READS = ("elbv2:DescribeListeners", "elbv2:DescribeRules")
TARGET_READS = ("elbv2:DescribeTargetHealth",)

Address = tuple[str, int]
"""An instance's id or an IP address, and a port."""


def target_group(account: Account, arn: str) -> TargetGroupTypeDef | None:
    """The target group of this ARN; None for one that was deleted."""
    try:
        found = account.elbv2.describe_target_groups(TargetGroupArns=[arn])["TargetGroups"]
    except account.elbv2.exceptions.TargetGroupNotFoundException:
        return None
    return first_of(found, f"target group {arn}")


def load_balancers(account: Account, arns: Iterable[str]) -> list[LoadBalancerTypeDef]:
    """Those of these load balancers that are there, each once."""
    return [found for arn in dict.fromkeys(arns) for found in _load_balancer(account, arn)]


def _load_balancer(account: Account, arn: str) -> list[LoadBalancerTypeDef]:
    try:
        return account.elbv2.describe_load_balancers(LoadBalancerArns=[arn])["LoadBalancers"]
    except account.elbv2.exceptions.LoadBalancerNotFoundException:
        return []


def listeners(account: Account, balancer: LoadBalancerTypeDef) -> list[ListenerTypeDef]:
    """The listeners of a load balancer."""
    pages = account.elbv2.get_paginator("describe_listeners").paginate(
        LoadBalancerArn=balancer["LoadBalancerArn"]
    )
    return [listener for page in pages for listener in page["Listeners"]]


def forwards(account: Account, listener: ListenerTypeDef, group: str) -> bool:
    """Whether a rule of a listener sends requests to the target group; its default action is a rule, too."""
    pages = account.elbv2.get_paginator("describe_rules").paginate(ListenerArn=listener["ListenerArn"])
    actions = (action for page in pages for rule in page["Rules"] for action in rule["Actions"])
    return any(group in _groups_of(action) for action in actions)


def _groups_of(action: ActionOutputTypeDef) -> set[str]:
    """The target groups to which an action forwards; a group of weight 0 gets nothing."""
    if action["Type"] != "forward":
        return set()
    weighted = action.get("ForwardConfig", {}).get("TargetGroups", [])
    if weighted:
        return {each["TargetGroupArn"] for each in weighted if each.get("Weight") != 0}
    return {action["TargetGroupArn"]}


def targets(account: Account, group: str) -> set[Address]:
    """The targets of a group that are not on their way out, each by its id or address, and its port."""
    answer = account.elbv2.describe_target_health(TargetGroupArn=group)
    return {
        (each["Target"]["Id"], each["Target"]["Port"])
        for each in answer["TargetHealthDescriptions"]
        if each["TargetHealth"]["State"] not in {"draining", "unhealthy.draining"}
    }


def addresses_text(addresses: set[Address]) -> str:
    """Addresses as a message lists them."""
    return ", ".join(f"{name}:{port}" for name, port in sorted(addresses))
