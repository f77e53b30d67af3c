"""AWS::EC2: networks, gateways, routes, endpoints."""

from __future__ import annotations

from labs.sandbox.cloudformation.requests import Api, Doc
from labs.sandbox.cloudformation.types.base import (
    Made,
    ResourceType,
    ec2_resource,
    modify_attributes,
    removed_and_added,
)

_set_vpc = modify_attributes("ModifyVpcAttribute", "VpcId", "EnableDnsSupport", "EnableDnsHostnames")


def _vpc_blocks(api: Api, made: Made) -> None:
    """The CIDR blocks of a VPC, including those of separate resources."""
    (vpc,) = api("ec2", "DescribeVpcs", {"VpcIds": [made.id]})["Vpcs"]
    made.document["CidrBlockAssociations"] = [
        each["AssociationId"] for each in vpc["CidrBlockAssociationSet"]
    ]
    made.document["Ipv6CidrBlocks"] = [
        each["Ipv6CidrBlock"]
        for each in vpc.get("Ipv6CidrBlockAssociationSet", ())
        if each.get("Ipv6CidrBlockState", {}).get("State") != "disassociated"
    ]


def _vpc_parts(api: Api, made: Made, new: Doc, old: Doc) -> None:
    _set_vpc(api, made, new, old)
    wanted = [{"Name": "vpc-id", "Values": [made.id]}]
    named = [*wanted, {"Name": "group-name", "Values": ["default"]}]
    made.document["DefaultSecurityGroup"] = api("ec2", "DescribeSecurityGroups", {"Filters": named})[
        "SecurityGroups"
    ][0]["GroupId"]
    acls = api("ec2", "DescribeNetworkAcls", {"Filters": wanted})["NetworkAcls"]
    made.document["DefaultNetworkAcl"] = acls[0]["NetworkAclId"] if acls else ""


_SUBNET_SETTINGS = ("MapPublicIpOnLaunch", "AssignIpv6AddressOnCreation", "EnableDns64")


def _detach(api: Api, made: Made) -> None:
    given = {key: made.properties[key] for key in ("InternetGatewayId", "VpcId")}
    api("ec2", "DetachInternetGateway", given)


_ENDPOINT = ("RouteTableIds", "SecurityGroupIds", "SubnetIds")


def _endpoint_parts(api: Api, made: Made, new: Doc, old: Doc) -> None:
    """Changes the policy of an endpoint, and where it is reached from."""
    changes: Doc = {}
    for name in _ENDPOINT:
        removed, added = removed_and_added(name, new, old)
        changes |= {f"Remove{name}": removed} if removed else {}
        changes |= {f"Add{name}": added} if added else {}
    policy = new.get("PolicyDocument")
    if policy != old.get("PolicyDocument"):
        changes |= {"PolicyDocument": policy} if policy else {"ResetPolicy": True}
    if old and changes:
        api("ec2", "ModifyVpcEndpoint", {"VpcEndpointId": made.id, **changes})


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
            "CidrBlockAssociations": "CidrBlockAssociations",
            "Ipv6CidrBlocks": "Ipv6CidrBlocks",
        },
        refresh=_vpc_blocks,
        handled=frozenset({"EnableDnsSupport", "EnableDnsHostnames", "Tags"}),
        after=_vpc_parts,
        replacing=frozenset({"CidrBlock"}),
        delete="DeleteVpc",
        id_member="VpcId",
        tags="ec2",
    ),
    ec2_resource(
        "Subnet",
        attributes={
            **{name: name for name in ("SubnetId", "AvailabilityZone", "VpcId", "CidrBlock")},
            "Ipv6CidrBlocks": lambda made: [
                each["Ipv6CidrBlock"] for each in made.document.get("Ipv6CidrBlockAssociationSet", ())
            ],
        },
        handled=frozenset({*_SUBNET_SETTINGS, "Tags"}),
        after=modify_attributes("ModifySubnetAttribute", "SubnetId", *_SUBNET_SETTINGS),
        replacing=frozenset({"VpcId", "CidrBlock", "AvailabilityZone"}),
    ),
    ec2_resource(
        "InternetGateway",
        attributes={"InternetGatewayId": "InternetGatewayId"},
    ),
    ResourceType(
        "AWS::EC2::VPCGatewayAttachment",
        "ec2",
        "AttachInternetGateway",
        id="IGW|{VpcId}",
        before_delete=_detach,
    ),
    ec2_resource(
        "RouteTable",
        attributes={"RouteTableId": "RouteTableId"},
        replacing=frozenset({"VpcId"}),
    ),
    ResourceType(
        "AWS::EC2::Route",
        "ec2",
        "CreateRoute",
        answer=lambda answer: {},
        id="{RouteTableId}",
        update="ReplaceRoute",
        replacing=frozenset({"RouteTableId", *_ROUTE}),
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
    ec2_resource(
        "NatGateway",
        attributes={"NatGatewayId": "NatGatewayId"},
        replacing=frozenset({"SubnetId", "AllocationId"}),
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
        after=_endpoint_parts,
        changed_after=frozenset({"PolicyDocument", *_ENDPOINT}),
        delete="DeleteVpcEndpoints",
        delete_member="VpcEndpointIds",
        tags="ec2",
    ),
    ResourceType(
        "AWS::EC2::VPCCidrBlock",
        "ec2",
        "AssociateVpcCidrBlock",
        answer=lambda answer: answer.get("Ipv6CidrBlockAssociation") or answer["CidrBlockAssociation"],
        id="AssociationId",
        attributes={"Id": "AssociationId"},
        delete="DisassociateVpcCidrBlock",
        id_member="AssociationId",
    ),
    ec2_resource(
        "EgressOnlyInternetGateway",
        attributes={"Id": "EgressOnlyInternetGatewayId"},
        replacing=frozenset({"VpcId"}),
    ),
    ResourceType(
        "AWS::EC2::EIPAssociation",
        "ec2",
        "AssociateAddress",
        id="AssociationId",
        attributes={"Id": "AssociationId"},
        renamed={"EIP": "PublicIp"},
        delete="DisassociateAddress",
        id_member="AssociationId",
    ),
    ec2_resource(
        "NetworkInterface",
        attributes={
            "Id": "NetworkInterfaceId",
            "PrimaryPrivateIpAddress": "PrivateIpAddress",
            "SecondaryPrivateIpAddresses": lambda made: [
                each["PrivateIpAddress"]
                for each in made.document.get("PrivateIpAddresses", ())
                if not each.get("Primary")
            ],
            "VpcId": "VpcId",
        },
        renamed={"GroupSet": "Groups"},
        handled=frozenset({"Tags", "SourceDestCheck"}),
        after=modify_attributes("ModifyNetworkInterfaceAttribute", "NetworkInterfaceId", "SourceDestCheck"),
    ),
)
