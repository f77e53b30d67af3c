"""AWS::EC2: networks, gateways, routes, endpoints, security groups."""

from __future__ import annotations

from labs.sandbox.cloudformation.requests import Api, Doc
from labs.sandbox.cloudformation.types.base import Made, ResourceType, items

_WAYS = (("Ingress", "Source"), ("Egress", "Destination"))
_EVERYTHING = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}


def _permission(rule: Doc, source: str) -> Doc:
    """A rule of a template as a permission of the API."""
    made: Doc = {key: rule[key] for key in ("IpProtocol", "FromPort", "ToPort") if key in rule}
    note = {"Description": rule["Description"]} if "Description" in rule else {}
    pairs = (
        ("CidrIp", "IpRanges", "CidrIp"),
        ("CidrIpv6", "Ipv6Ranges", "CidrIpv6"),
        (f"{source}SecurityGroupId", "UserIdGroupPairs", "GroupId"),
        (f"{source}PrefixListId", "PrefixListIds", "PrefixListId"),
    )
    for key, ranges, member in pairs:
        if key in rule:
            made[ranges] = [{member: rule[key], **note}]
    return made


def _group_rules(api: Api, made: Made, new: Doc, old: Doc) -> None:
    """Revokes and authorizes what has changed; own egress rules take the place of the one that EC2 makes."""
    for way, source in _WAYS:
        rules, before = items(new, f"SecurityGroup{way}"), items(old, f"SecurityGroup{way}")
        if way == "Egress" and rules and not before:
            _egress(api, "Revoke", made.id, [_EVERYTHING])
        _change(
            api, "Revoke", way, made.id, [_permission(each, source) for each in before if each not in rules]
        )
        _change(
            api,
            "Authorize",
            way,
            made.id,
            [_permission(each, source) for each in rules if each not in before],
        )
        if way == "Egress" and before and not rules:
            _egress(api, "Authorize", made.id, [_EVERYTHING])


def _change(api: Api, verb: str, way: str, group: str, permissions: list[Doc]) -> None:
    if permissions:
        api("ec2", f"{verb}SecurityGroup{way}", {"GroupId": group, "IpPermissions": permissions})


def _egress(api: Api, verb: str, group: str, permissions: list[Doc]) -> None:
    _change(api, verb, "Egress", group, permissions)


def _rule(way: str, source: str) -> ResourceType:
    """A rule that is a resource of its own, so that two groups can name each other."""
    return ResourceType(
        f"AWS::EC2::SecurityGroup{way}",
        "ec2",
        f"AuthorizeSecurityGroup{way}",
        answer=lambda answer: answer["SecurityGroupRules"][0],
        id="SecurityGroupRuleId",
        attributes={"Id": "SecurityGroupRuleId"},
        request=lambda rule: {"GroupId": rule["GroupId"], "IpPermissions": [_permission(rule, source)]},
        delete=f"RevokeSecurityGroup{way}",
        scope=("GroupId", "IpPermissions"),
    )


def _vpc_settings(api: Api, made: Made, new: Doc, old: Doc) -> None:
    for name in ("EnableDnsSupport", "EnableDnsHostnames"):
        if name in new and new[name] != old.get(name):
            api("ec2", "ModifyVpcAttribute", {"VpcId": made.id, name: {"Value": new[name]}})


def _vpc_parts(api: Api, made: Made, new: Doc, old: Doc) -> None:
    _vpc_settings(api, made, new, old)
    wanted = [{"Name": "vpc-id", "Values": [made.id]}]
    named = [*wanted, {"Name": "group-name", "Values": ["default"]}]
    made.document["DefaultSecurityGroup"] = api("ec2", "DescribeSecurityGroups", {"Filters": named})[
        "SecurityGroups"
    ][0]["GroupId"]
    acls = api("ec2", "DescribeNetworkAcls", {"Filters": wanted})["NetworkAcls"]
    made.document["DefaultNetworkAcl"] = acls[0]["NetworkAclId"] if acls else ""


def _subnet_settings(api: Api, made: Made, new: Doc, old: Doc) -> None:
    name = "MapPublicIpOnLaunch"
    if name in new and new[name] != old.get(name):
        api("ec2", "ModifySubnetAttribute", {"SubnetId": made.id, name: {"Value": new[name]}})


def _detach(api: Api, made: Made) -> None:
    given = {key: made.properties[key] for key in ("InternetGatewayId", "VpcId")}
    api("ec2", "DetachInternetGateway", given)


def _delete_endpoint(api: Api, made: Made) -> None:
    api("ec2", "DeleteVpcEndpoints", {"VpcEndpointIds": [made.id]})


_ROUTE = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")


TYPES = (
    ResourceType(
        "AWS::EC2::VPC",
        "ec2",
        "CreateVpc",
        answer=lambda answer: answer["Vpc"],
        id="VpcId",
        attributes={
            "VpcId": "VpcId",
            "CidrBlock": "CidrBlock",
            "DefaultSecurityGroup": "DefaultSecurityGroup",
            "DefaultNetworkAcl": "DefaultNetworkAcl",
        },
        handled=frozenset({"EnableDnsSupport", "EnableDnsHostnames", "Tags"}),
        after=_vpc_parts,
        replacing=frozenset({"CidrBlock"}),
        delete="DeleteVpc",
        id_member="VpcId",
        tags="ec2",
    ),
    ResourceType(
        "AWS::EC2::Subnet",
        "ec2",
        "CreateSubnet",
        answer=lambda answer: answer["Subnet"],
        id="SubnetId",
        attributes={name: name for name in ("SubnetId", "AvailabilityZone", "VpcId", "CidrBlock")},
        handled=frozenset({"MapPublicIpOnLaunch", "Tags"}),
        after=_subnet_settings,
        replacing=frozenset({"VpcId", "CidrBlock", "AvailabilityZone"}),
        delete="DeleteSubnet",
        id_member="SubnetId",
        tags="ec2",
    ),
    ResourceType(
        "AWS::EC2::InternetGateway",
        "ec2",
        "CreateInternetGateway",
        answer=lambda answer: answer["InternetGateway"],
        id="InternetGatewayId",
        attributes={"InternetGatewayId": "InternetGatewayId"},
        handled=frozenset({"Tags"}),
        delete="DeleteInternetGateway",
        id_member="InternetGatewayId",
        tags="ec2",
    ),
    ResourceType(
        "AWS::EC2::VPCGatewayAttachment",
        "ec2",
        "AttachInternetGateway",
        id="IGW|{VpcId}",
        before_delete=_detach,
    ),
    ResourceType(
        "AWS::EC2::RouteTable",
        "ec2",
        "CreateRouteTable",
        answer=lambda answer: answer["RouteTable"],
        id="RouteTableId",
        attributes={"RouteTableId": "RouteTableId"},
        handled=frozenset({"Tags"}),
        replacing=frozenset({"VpcId"}),
        delete="DeleteRouteTable",
        id_member="RouteTableId",
        tags="ec2",
    ),
    ResourceType(
        "AWS::EC2::Route",
        "ec2",
        "CreateRoute",
        answer=lambda answer: {},
        id="{RouteTableId}",
        delete="DeleteRoute",
        scope=("RouteTableId", *_ROUTE),
    ),
    ResourceType(
        "AWS::EC2::SubnetRouteTableAssociation",
        "ec2",
        "AssociateRouteTable",
        id="AssociationId",
        attributes={"Id": "AssociationId"},
        delete="DisassociateRouteTable",
        id_member="AssociationId",
    ),
    ResourceType(
        "AWS::EC2::EIP",
        "ec2",
        "AllocateAddress",
        id="PublicIp",
        attributes={"AllocationId": "AllocationId", "PublicIp": "PublicIp"},
        handled=frozenset({"Tags"}),
        request=lambda properties: {"Domain": "vpc", **properties},
        delete="ReleaseAddress",
        scope=("AllocationId",),
        tags="ec2",
    ),
    ResourceType(
        "AWS::EC2::NatGateway",
        "ec2",
        "CreateNatGateway",
        answer=lambda answer: answer["NatGateway"],
        id="NatGatewayId",
        attributes={"NatGatewayId": "NatGatewayId"},
        handled=frozenset({"Tags"}),
        replacing=frozenset({"SubnetId", "AllocationId"}),
        delete="DeleteNatGateway",
        id_member="NatGatewayId",
        tags="ec2",
    ),
    ResourceType(
        "AWS::EC2::VPCEndpoint",
        "ec2",
        "CreateVpcEndpoint",
        answer=lambda answer: answer["VpcEndpoint"],
        id="VpcEndpointId",
        attributes={
            "Id": "VpcEndpointId",
            "DnsEntries": "DnsEntries",
            "NetworkInterfaceIds": "NetworkInterfaceIds",
        },
        handled=frozenset({"Tags"}),
        request=lambda properties: {"VpcEndpointType": "Gateway", **properties},
        before_delete=_delete_endpoint,
        tags="ec2",
    ),
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
)
