"""AWS::EC2: the DHCP options of VPCs."""

from __future__ import annotations

from labs.sandbox.cloudformation.requests import Api, Doc
from labs.sandbox.cloudformation.types.base import Made, ResourceType, without

_DHCP = {
    "DomainName": "domain-name",
    "DomainNameServers": "domain-name-servers",
    "Ipv6AddressPreferredLeaseTime": "ipv6-address-preferred-lease-time",
    "NetbiosNameServers": "netbios-name-servers",
    "NetbiosNodeType": "netbios-node-type",
    "NtpServers": "ntp-servers",
}
"""The properties of DHCP options, and their names in the API."""


def _dhcp_configurations(properties: Doc) -> Doc:
    made = [{"Key": key, "Values": properties[name]} for name, key in _DHCP.items() if name in properties]
    return {**without(properties, *_DHCP), "DhcpConfigurations": made}


def _default_dhcp(api: Api, made: Made) -> None:
    api("ec2", "AssociateDhcpOptions", {"VpcId": made.properties["VpcId"], "DhcpOptionsId": "default"})


TYPES = (
    ResourceType(
        "AWS::EC2::DHCPOptions",
        "ec2",
        "CreateDhcpOptions",
        answer=lambda answer: answer["DhcpOptions"],
        id="DhcpOptionsId",
        attributes={"DhcpOptionsId": "DhcpOptionsId"},
        handled=frozenset({"Tags"}),
        request=_dhcp_configurations,
        delete="DeleteDhcpOptions",
        id_member="DhcpOptionsId",
        tags="ec2",
    ),
    ResourceType(
        "AWS::EC2::VPCDHCPOptionsAssociation",
        "ec2",
        "AssociateDhcpOptions",
        answer=lambda answer: {},
        id="{DhcpOptionsId}|{VpcId}",
        update="AssociateDhcpOptions",
        replacing=frozenset({"VpcId"}),
        before_delete=_default_dhcp,
    ),
)
