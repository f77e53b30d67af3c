"""Typed readers of load balancers: target groups, what forwards to them, and the targets in them."""

from __future__ import annotations

from collections.abc import Iterable
from math import inf
from typing import TYPE_CHECKING

from labs.sdk import Account, first_of

if TYPE_CHECKING:
    from mypy_boto3_elbv2.type_defs import (
        ActionOutputTypeDef,
        ListenerTypeDef,
        LoadBalancerTypeDef,
        RuleConditionOutputTypeDef,
        RuleTypeDef,
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
    """Whether a rule of a listener sends requests to the target group; its default action is a rule, too.

    Rules apply in the order of their priority, so none gets a request after one that matches every request.
    """
    pages = account.elbv2.get_paginator("describe_rules").paginate(ListenerArn=listener["ListenerArn"])
    for rule in sorted((rule for page in pages for rule in page["Rules"]), key=_priority):
        if any(group in _groups_of(action) for action in rule["Actions"]):
            return True
        if rule.get("Conditions") and all(map(_matches_everything, rule["Conditions"])):
            return False
    return False


def _priority(rule: RuleTypeDef) -> float:
    """The number by which AWS orders a rule; the default rule is the last one."""
    number = rule.get("Priority", "default")
    return int(number) if number.isdigit() else inf


def _matches_everything(condition: RuleConditionOutputTypeDef) -> bool:
    """Whether every request meets a condition: any path, or any host."""
    path, host = condition.get("PathPatternConfig", {}), condition.get("HostHeaderConfig", {})
    values = {*condition.get("Values", []), *path.get("Values", []), *host.get("Values", [])}
    return "*" in values or "/*" in values


def _groups_of(action: ActionOutputTypeDef) -> set[str]:
    """The target groups to which an action forwards; a group of weight 0 gets nothing."""
    if action["Type"] != "forward":
        return set()
    weighted = action.get("ForwardConfig", {}).get("TargetGroups", [])
    if weighted:
        return {each["TargetGroupArn"] for each in weighted if each.get("Weight") != 0}
    return {action["TargetGroupArn"]}


def targets(account: Account, group: str) -> set[Address]:
    """The targets of a group that are not draining, each by its id or address, and its port."""
    answer = account.elbv2.describe_target_health(TargetGroupArn=group)
    return {
        (each["Target"]["Id"], each["Target"]["Port"])
        for each in answer["TargetHealthDescriptions"]
        if each["TargetHealth"]["State"] not in {"draining", "unhealthy.draining"}
    }


def addresses_text(addresses: set[Address]) -> str:
    """Addresses as a message lists them."""
    return ", ".join(f"{name}:{port}" for name, port in sorted(addresses))
