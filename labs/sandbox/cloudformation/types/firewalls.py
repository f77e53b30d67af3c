"""AWS::EC2: security groups and network ACLs, with their rules."""

from __future__ import annotations

from collections.abc import Iterable

from labs.errors import ResourceFailed
from labs.sandbox.cloudformation.requests import Api, Doc
from labs.sandbox.cloudformation.types.base import Made, ResourceType, ec2_resource, items, known_only

_WAYS = (("Ingress", "Source"), ("Egress", "Destination"))
_EVERYTHING = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}


def _permission(rule: Doc, source: str) -> Doc:
    """A rule of a template as a permission of the API. Raises Unsupported for members that the API lacks."""
    pairs = (
        ("CidrIp", "IpRanges", "CidrIp"),
        ("CidrIpv6", "Ipv6Ranges", "CidrIpv6"),
        (f"{source}SecurityGroupId", "UserIdGroupPairs", "GroupId"),
        (f"{source}SecurityGroupName", "UserIdGroupPairs", "GroupName"),
        (f"{source}PrefixListId", "PrefixListIds", "PrefixListId"),
    )
    plain, owner = ("IpProtocol", "FromPort", "ToPort"), f"{source}SecurityGroupOwnerId"
    known = {*plain, *(key for key, _, _ in pairs), owner, "Description", "GroupId", "GroupName"}
    known_only("SecurityGroupRule", rule, known)
    made: Doc = {key: rule[key] for key in plain if key in rule}
    more = {"Description": rule["Description"]} if "Description" in rule else {}
    for key, ranges, member in pairs:
        if key in rule:
            owned = {"UserId": rule[owner]} if ranges == "UserIdGroupPairs" and owner in rule else {}
            made[ranges] = [{member: rule[key], **owned, **more}]
    if not any(ranges in made for _, ranges, _ in pairs):
        raise ResourceFailed("Invalid value 'null' for a rule's source: give it a CIDR, group or prefix list")
    return made


def _group_rules(api: Api, made: Made, new: Doc, old: Doc) -> None:
    """Revokes and authorizes the changed rules; egress rules of the template replace the default one."""
    for way, source in _WAYS:
        rules, before = items(new, f"SecurityGroup{way}"), items(old, f"SecurityGroup{way}")
        gone = [each for each in before if each not in rules]
        added = _distinct(each for each in rules if each not in before)
        if way == "Egress" and rules and not before:
            _egress(api, "Revoke", made.id, [_EVERYTHING])
        _change(api, "Revoke", way, made.id, [_permission(each, source) for each in gone])
        _change(api, "Authorize", way, made.id, [_permission(each, source) for each in added])
        if way == "Egress" and before and not rules:
            _egress(api, "Authorize", made.id, [_EVERYTHING])


def _distinct(rules: Iterable[Doc]) -> Iterable[Doc]:
    """Each rule once: AWS makes the first of those that only their descriptions tell apart, and a group that stands.

    (aws-cloudformation/cloudformation-coverage-roadmap, issues 1532 and 1534.)
    """
    found: dict[frozenset[tuple[str, str]], Doc] = {}
    for rule in rules:
        found.setdefault(frozenset((key, str(rule[key])) for key in rule if key != "Description"), rule)
    return found.values()


def _change(api: Api, verb: str, way: str, group: str, permissions: list[Doc]) -> None:
    if permissions:
        api("ec2", f"{verb}SecurityGroup{way}", {"GroupId": group, "IpPermissions": permissions})


def _egress(api: Api, verb: str, group: str, permissions: list[Doc]) -> None:
    _change(api, verb, "Egress", group, permissions)


def _rule(way: str, source: str) -> ResourceType:
    """A rule that is a separate resource, so that two groups can refer to each other."""
    return ResourceType(
        f"AWS::EC2::SecurityGroup{way}",
        "ec2",
        f"AuthorizeSecurityGroup{way}",
        answer=lambda answer: answer["SecurityGroupRules"][0],
        id="SecurityGroupRuleId",
        attributes={"Id": "SecurityGroupRuleId"},
        request=lambda rule: {**_group_of(rule), "IpPermissions": [_permission(rule, source)]},
        delete=f"RevokeSecurityGroup{way}",
        scope=("GroupId", "GroupName", "IpPermissions"),
    )


def _group_of(rule: Doc) -> Doc:
    return {key: rule[key] for key in ("GroupId", "GroupName") if key in rule}


def _associate_acl(api: Api, made: Made, new: Doc, old: Doc) -> None:
    """Associates a subnet with an ACL instead of its current one."""
    made.document["AssociationId"] = _move_subnet(api, new["SubnetId"], new["NetworkAclId"])
    made.id = made.document["AssociationId"]


def _default_acl(api: Api, made: Made) -> None:
    """Associates a subnet with the default ACL of its VPC."""
    found = api("ec2", "DescribeNetworkAcls", {"NetworkAclIds": [made.properties["NetworkAclId"]]})
    wanted = [
        {"Name": "vpc-id", "Values": [found["NetworkAcls"][0]["VpcId"]]},
        {"Name": "default", "Values": ["true"]},
    ]
    default = api("ec2", "DescribeNetworkAcls", {"Filters": wanted})["NetworkAcls"][0]
    _move_subnet(api, made.properties["SubnetId"], default["NetworkAclId"])


def _move_subnet(api: Api, subnet: str, acl: str) -> str:
    wanted = [{"Name": "association.subnet-id", "Values": [subnet]}]
    (holder,) = api("ec2", "DescribeNetworkAcls", {"Filters": wanted})["NetworkAcls"]
    by_subnet = {each["SubnetId"]: each["NetworkAclAssociationId"] for each in holder["Associations"]}
    given = {"AssociationId": by_subnet[subnet], "NetworkAclId": acl}
    return str(api("ec2", "ReplaceNetworkAclAssociation", given)["NewAssociationId"])


TYPES = (
    ResourceType(
        "AWS::EC2::SecurityGroup",
        "ec2",
        "CreateSecurityGroup",
        id="GroupId",
        name_property="GroupName",
        attributes={"GroupId": "GroupId", "VpcId": lambda made: made.document.get("VpcId"), "Id": "GroupId"},
        renamed={"GroupDescription": "Description"},
        handled=frozenset({"SecurityGroupIngress", "SecurityGroupEgress", "Tags"}),
        after=_group_rules,
        replacing=frozenset({"GroupName", "GroupDescription", "VpcId"}),
        delete="DeleteSecurityGroup",
        id_member="GroupId",
        tags="ec2",
    ),
    *(_rule(way, source) for way, source in _WAYS),
    ec2_resource(
        "NetworkAcl",
        attributes={"Id": "NetworkAclId"},
        replacing=frozenset({"VpcId"}),
    ),
    ResourceType(
        "AWS::EC2::NetworkAclEntry",
        "ec2",
        "CreateNetworkAclEntry",
        answer=lambda answer: {},
        id="{NetworkAclId}|{RuleNumber}",
        renamed={"Icmp": "IcmpTypeCode"},
        request=lambda entry: {"Egress": False, **entry},
        update="ReplaceNetworkAclEntry",
        replacing=frozenset({"NetworkAclId", "RuleNumber", "Egress"}),
        delete="DeleteNetworkAclEntry",
        scope=("NetworkAclId", "RuleNumber", "Egress"),
    ),
    ResourceType(
        "AWS::EC2::SubnetNetworkAclAssociation",
        "ec2",
        "",
        id="{SubnetId}",
        attributes={"AssociationId": "AssociationId"},
        handled=frozenset({"SubnetId", "NetworkAclId"}),
        after=_associate_acl,
        replacing=frozenset({"SubnetId", "NetworkAclId"}),
        before_delete=_default_acl,
    ),
)
