"""Types of networks and log groups: made, read back, deleted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from cfn_kit import Cloud

DHCP = """\
Resources:
  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}
  Options:
    Type: AWS::EC2::DHCPOptions
    Properties: {DomainName: example.com, DomainNameServers: [AmazonProvidedDNS], Tags: [{Key: Name, Value: web}]}
  Associated: {Type: AWS::EC2::VPCDHCPOptionsAssociation, Properties: {VpcId: !Ref Vpc, DhcpOptionsId: !Ref Options}}
"""
STREAM = """\
Resources:
  Group: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: /web}}
  Stream: {Type: AWS::Logs::LogStream, Properties: {LogGroupName: !Ref Group, LogStreamName: first}}
"""
TWICE = """\
Resources:
  Group:
    Type: AWS::EC2::SecurityGroup
    Properties: {GroupDescription: x, SecurityGroupIngress: [
      {IpProtocol: tcp, FromPort: 80, ToPort: 80, CidrIp: 10.0.0.0/8, Description: first},
      {IpProtocol: tcp, FromPort: "80", ToPort: "80", CidrIp: 10.0.0.0/8, Description: second}]}  # more
"""


@pytest.mark.slow
def test_dhcp_options_of_a_vpc(cloud: Cloud, client: Callable[..., Any]) -> None:
    ec2 = client("ec2")
    before = ec2.describe_dhcp_options()["DhcpOptions"]
    assert cloud.create(DHCP) == "CREATE_COMPLETE", cloud.failures()
    options = cloud.id_of("Options")
    (made,) = ec2.describe_dhcp_options(DhcpOptionsIds=[options])["DhcpOptions"]
    assert {each["Key"]: each["Values"][0]["Value"] for each in made["DhcpConfigurations"]} == {
        "domain-name": "example.com",
        "domain-name-servers": "AmazonProvidedDNS",
    }
    assert ec2.describe_vpcs(VpcIds=[cloud.id_of("Vpc")])["Vpcs"][0]["DhcpOptionsId"] == options
    assert cloud.delete() == "DELETE_COMPLETE"
    assert ec2.describe_dhcp_options()["DhcpOptions"] == before


def test_stream_of_a_log_group(cloud: Cloud, client: Callable[..., Any]) -> None:
    assert cloud.create(STREAM) == "CREATE_COMPLETE", cloud.failures()
    (made,) = client("logs").describe_log_streams(logGroupName="/web")["logStreams"]
    assert made["logStreamName"] == cloud.id_of("Stream") == "first"
    assert cloud.delete() == "DELETE_COMPLETE"


def test_queue_and_topic_are_changed_in_place(cloud: Cloud, client: Callable[..., Any]) -> None:
    template = """\
    Resources:
      Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: web, %s}}
      Topic: {Type: AWS::SNS::Topic, Properties: {TopicName: web, %s, Subscription: [{Protocol: https, Endpoint: "https://%s"}]}}
    """
    cloud.create(template % ("VisibilityTimeout: 60, DelaySeconds: 9", "DisplayName: one", "one.example"))
    queue = cloud.id_of("Queue")
    changed = template % (
        "VisibilityTimeout: 90, Tags: [{Key: a, Value: b}]",
        "DisplayName: two",
        "two.example",
    )
    assert cloud.update(changed) == "UPDATE_COMPLETE", cloud.failures()
    sqs, sns = client("sqs"), client("sns")
    made = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
    assert (made["VisibilityTimeout"], made["DelaySeconds"]) == ("90", "0")
    assert sqs.list_queue_tags(QueueUrl=queue)["Tags"] == {"a": "b"}
    topic = cloud.id_of("Topic")
    assert sns.get_topic_attributes(TopicArn=topic)["Attributes"]["DisplayName"] == "two"
    (subscribed,) = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert subscribed["Endpoint"] == "https://two.example"


def test_rule_that_a_group_names_twice_is_made_once(cloud: Cloud, client: Callable[..., Any]) -> None:
    """As on AWS: aws-cloudformation/cloudformation-coverage-roadmap, issues 1532, 1534 and 612."""
    assert cloud.create(TWICE) == "CREATE_COMPLETE", cloud.failures()
    ec2, group = client("ec2"), cloud.id_of("Group")
    rules = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissions"]
    assert [each["IpRanges"] for each in rules] == [[{"CidrIp": "10.0.0.0/8", "Description": "first"}]]
    assert cloud.update(TWICE.replace("}  # more", ", Tags: [{Key: a, Value: b}]}")) == "UPDATE_COMPLETE"
    assert ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissions"] == rules
