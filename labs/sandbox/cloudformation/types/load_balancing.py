"""AWS::ElasticLoadBalancingV2: load balancers, target groups, listeners, rules."""

from __future__ import annotations

from labs.sandbox.cloudformation.requests import Api, Doc
from labs.sandbox.cloudformation.types.base import Made, ResourceType, items, removed_and_added


def _full_name(made: Made) -> str:
    """The full name in an ARN: the part after `loadbalancer/`, or for a target group the part after the account."""
    return made.id.split(":", 5)[5].removeprefix("loadbalancer/")


def _attributes(kind: str, operation: str, member: str, api: Api, made: Made, new: Doc, old: Doc) -> None:
    if items(new, kind) and items(new, kind) != items(old, kind):
        api("elbv2", operation, {member: made.id, "Attributes": items(new, kind)})


def _balancer_parts(api: Api, made: Made, new: Doc, old: Doc) -> None:
    _attributes(
        "LoadBalancerAttributes", "ModifyLoadBalancerAttributes", "LoadBalancerArn", api, made, new, old
    )
    if old and new.get("SecurityGroups") != old.get("SecurityGroups"):
        api(
            "elbv2",
            "SetSecurityGroups",
            {"LoadBalancerArn": made.id, "SecurityGroups": new["SecurityGroups"]},
        )
    if old and new.get("Subnets") != old.get("Subnets"):
        api("elbv2", "SetSubnets", {"LoadBalancerArn": made.id, "Subnets": new["Subnets"]})
    if old and new.get("IpAddressType") != old.get("IpAddressType"):
        kind = new.get("IpAddressType", "ipv4")
        api("elbv2", "SetIpAddressType", {"LoadBalancerArn": made.id, "IpAddressType": kind})


def _group_parts(api: Api, made: Made, new: Doc, old: Doc) -> None:
    _attributes("TargetGroupAttributes", "ModifyTargetGroupAttributes", "TargetGroupArn", api, made, new, old)
    removed, added = removed_and_added("Targets", new, old)
    if removed:
        api("elbv2", "DeregisterTargets", {"TargetGroupArn": made.id, "Targets": removed})
    if added:
        api("elbv2", "RegisterTargets", {"TargetGroupArn": made.id, "Targets": added})


def _listener_parts(api: Api, made: Made, new: Doc, old: Doc) -> None:
    _attributes("ListenerAttributes", "ModifyListenerAttributes", "ListenerArn", api, made, new, old)


TYPES = (
    ResourceType(
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        "elbv2",
        "CreateLoadBalancer",
        answer=lambda answer: answer["LoadBalancers"][0],
        id="LoadBalancerArn",
        name_property="Name",
        max_name=32,
        attributes={
            "DNSName": "DNSName",
            "LoadBalancerArn": "LoadBalancerArn",
            "LoadBalancerFullName": _full_name,
            "LoadBalancerName": "LoadBalancerName",
            "CanonicalHostedZoneID": "CanonicalHostedZoneId",
            "SecurityGroups": "SecurityGroups",
        },
        handled=frozenset({"LoadBalancerAttributes"}),
        after=_balancer_parts,
        changed_after=frozenset({"SecurityGroups", "Subnets", "IpAddressType"}),
        id_member="LoadBalancerArn",
        replacing=frozenset({"Name", "Scheme", "Type"}),
        delete="DeleteLoadBalancer",
        tags="Key",
        tagged="LoadBalancerArn",
    ),
    ResourceType(
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        "elbv2",
        "CreateTargetGroup",
        answer=lambda answer: answer["TargetGroups"][0],
        id="TargetGroupArn",
        name_property="Name",
        max_name=32,
        attributes={
            "TargetGroupArn": "TargetGroupArn",
            "TargetGroupName": "TargetGroupName",
            "TargetGroupFullName": _full_name,
            "LoadBalancerArns": "LoadBalancerArns",
        },
        handled=frozenset({"TargetGroupAttributes", "Targets"}),
        after=_group_parts,
        update="ModifyTargetGroup",
        id_member="TargetGroupArn",
        replacing=frozenset({"Name", "Port", "Protocol", "VpcId", "TargetType"}),
        delete="DeleteTargetGroup",
        tags="Key",
        tagged="TargetGroupArn",
    ),
    ResourceType(
        "AWS::ElasticLoadBalancingV2::Listener",
        "elbv2",
        "CreateListener",
        answer=lambda answer: answer["Listeners"][0],
        id="ListenerArn",
        attributes={"ListenerArn": "ListenerArn"},
        handled=frozenset({"ListenerAttributes"}),
        after=_listener_parts,
        update="ModifyListener",
        id_member="ListenerArn",
        replacing=frozenset({"LoadBalancerArn"}),
        delete="DeleteListener",
        tagged="ListenerArn",
    ),
    ResourceType(
        "AWS::ElasticLoadBalancingV2::ListenerRule",
        "elbv2",
        "CreateRule",
        answer=lambda answer: answer["Rules"][0],
        id="RuleArn",
        attributes={"RuleArn": "RuleArn", "IsDefault": "IsDefault"},
        update="ModifyRule",
        id_member="RuleArn",
        replacing=frozenset({"ListenerArn", "Priority"}),
        delete="DeleteRule",
        tagged="RuleArn",
    ),
)
