"""Updates that AWS makes without replacement ("Update requires: No interruption"), of resources with names of their own."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from cfn_kit import Cloud

TRUST = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "%s"}, "Action": "sts:AssumeRole"}]}'
GRANT = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "%s", "Resource": "*"}]}'
NETWORK = """\
Resources:
  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}
  A: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/24, AvailabilityZone: eu-west-1a}}
  B: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.1.0/24, AvailabilityZone: eu-west-1b}}
  Gateway: {Type: AWS::EC2::InternetGateway}
  Attached: {Type: AWS::EC2::VPCGatewayAttachment, Properties: {VpcId: !Ref Vpc, InternetGatewayId: !Ref Gateway}}
  Address: {Type: AWS::EC2::EIP, Properties: {Domain: vpc}}
  Nat: {Type: AWS::EC2::NatGateway, Properties: {SubnetId: !Ref A, AllocationId: !GetAtt Address.AllocationId}}
  Table: {Type: AWS::EC2::RouteTable, Properties: {VpcId: !Ref Vpc}}
  Acl: {Type: AWS::EC2::NetworkAcl, Properties: {VpcId: !Ref Vpc}}
  One: {Type: AWS::ElasticLoadBalancingV2::TargetGroup, Properties: {Port: 80, Protocol: HTTP, VpcId: !Ref Vpc}}
  Two: {Type: AWS::ElasticLoadBalancingV2::TargetGroup, Properties: {Port: 80, Protocol: HTTP, VpcId: !Ref Vpc}}
  Balancer: {Type: AWS::ElasticLoadBalancingV2::LoadBalancer, DependsOn: Attached, Properties: {Name: web, Subnets: [!Ref A, !Ref B]}}
  Template: {Type: AWS::EC2::LaunchTemplate, Properties: {LaunchTemplateData: {InstanceType: t3.micro}}}
  Queue: {Type: AWS::SQS::Queue}
  Topic: {Type: AWS::SNS::Topic}
"""
CHANGED: dict[str, tuple[str, str, str, str]] = {
    "Route": (
        "AWS::EC2::Route",
        "RouteTableId: !Ref Table, DestinationCidrBlock: 0.0.0.0/0",
        "GatewayId: !Ref Gateway",
        "NatGatewayId: !Ref Nat",
    ),
    "Entry": (
        "AWS::EC2::NetworkAclEntry",
        "NetworkAclId: !Ref Acl, RuleNumber: 100, Protocol: -1, CidrBlock: 0.0.0.0/0",
        "RuleAction: allow",
        "RuleAction: deny",
    ),
    "Endpoint": (
        "AWS::EC2::VPCEndpoint",
        "VpcId: !Ref Vpc, ServiceName: com.amazonaws.eu-west-1.ecr.api, VpcEndpointType: Interface",
        "SubnetIds: [!Ref A]",
        "SubnetIds: [!Ref B]",
    ),
    "Group": (
        "AWS::AutoScaling::AutoScalingGroup",
        "AutoScalingGroupName: web, MinSize: '0', MaxSize: '1', VPCZoneIdentifier: [!Ref A], "
        "LaunchTemplate: {LaunchTemplateId: !Ref Template, Version: '1'}",
        "TargetGroupARNs: [!Ref One], Tags: [{Key: a, Value: b, PropagateAtLaunch: true}]",
        "TargetGroupARNs: [!Ref Two], Tags: [{Key: c, Value: d, PropagateAtLaunch: true}]",
    ),
    "Listener": (
        "AWS::ElasticLoadBalancingV2::Listener",
        "LoadBalancerArn: !Ref Balancer, Port: 80, Protocol: HTTP, DefaultActions: [{Type: forward, TargetGroupArn: !Ref One}]",
        "Tags: [{Key: a, Value: b}]",
        "Tags: [{Key: c, Value: d}]",
    ),
    "Role": (
        "AWS::IAM::Role",
        "RoleName: web",
        f"Description: x, AssumeRolePolicyDocument: {TRUST % 'ec2.amazonaws.com'}",
        f"PermissionsBoundary: !Ref Policy, AssumeRolePolicyDocument: {TRUST % 'ecs-tasks.amazonaws.com'}",
    ),
    "Policy": (
        "AWS::IAM::ManagedPolicy",
        "ManagedPolicyName: web",
        f"PolicyDocument: {GRANT % 'ecs:*'}",
        f"PolicyDocument: {GRANT % 'ecr:*'}",
    ),
    "Subscription": (
        "AWS::SNS::Subscription",
        "TopicArn: !Ref Topic, Protocol: sqs, Endpoint: !GetAtt Queue.Arn",
        "RawMessageDelivery: true",
        "FilterPolicy: {kind: [order]}",
    ),
    "Logs": (
        "AWS::Logs::LogGroup",
        "LogGroupName: /web",
        "Tags: [{Key: a, Value: b}]",
        "Tags: [{Key: c, Value: d}]",
    ),
    "Parameter": (
        "AWS::SSM::Parameter",
        "Name: /web, Type: String, Value: x",
        "Tags: {a: b}",
        "Tags: {c: d}",
    ),
    "Secret": (
        "AWS::SecretsManager::Secret",
        "Name: web, SecretString: x",
        "Tags: [{Key: a, Value: b}]",
        "Tags: [{Key: c, Value: d}]",
    ),
    "Task": (
        "AWS::ECS::TaskDefinition",
        "Family: web, ContainerDefinitions: [{Name: web, Image: nginx, Memory: 64}]",
        "Tags: [{Key: a, Value: b}]",
        "Tags: [{Key: c, Value: d}]",
    ),
    "Files": (
        "AWS::EFS::FileSystem",
        "Encrypted: true",
        "FileSystemTags: [{Key: a, Value: b}]",
        "FileSystemTags: [{Key: c, Value: d}]",
    ),
}
"""Of each resource: its type, what stays, what it has first, and what takes the place of that."""


def template(version: int) -> str:
    return NETWORK + "".join(
        f"  {name}: {{Type: {kind}, Properties: {{{common}, {versions[version]}}}}}\n"
        for name, (kind, common, *versions) in CHANGED.items()
    )


@pytest.fixture
def updated(cloud: Cloud) -> Cloud:
    """A stack whose update has replaced nothing."""
    assert cloud.create(template(0)) == "CREATE_COMPLETE", cloud.failures()
    before = {name: cloud.id_of(name) for name in CHANGED}
    assert cloud.update(template(1)) == "UPDATE_COMPLETE", cloud.failures()
    assert {name: cloud.id_of(name) for name in CHANGED} == before
    events = cloud.api.describe_stack_events(StackName="web")["StackEvents"]
    assert not [each for each in events if each["ResourceStatus"].startswith("DELETE")]
    return cloud


def test_resources_have_their_new_settings(updated: Cloud, client: Callable[..., Any]) -> None:
    ec2, iam, sns = client("ec2"), client("iam"), client("sns")
    (table,) = ec2.describe_route_tables(RouteTableIds=[updated.id_of("Table")])["RouteTables"]
    assert {each["DestinationCidrBlock"]: each.get("NatGatewayId") for each in table["Routes"]}[
        "0.0.0.0/0"
    ] == updated.id_of("Nat")
    (endpoint,) = ec2.describe_vpc_endpoints(VpcEndpointIds=[updated.id_of("Endpoint")])["VpcEndpoints"]
    assert endpoint["SubnetIds"] == [updated.id_of("B")]
    (group,) = client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    assert group["TargetGroupARNs"] == [updated.id_of("Two")]
    assert [each["Key"] for each in group["Tags"]] == ["c"]
    role = iam.get_role(RoleName="web")["Role"]
    assert "ecs-tasks.amazonaws.com" in json.dumps(role["AssumeRolePolicyDocument"])
    assert role["PermissionsBoundary"]["PermissionsBoundaryArn"] == updated.id_of("Policy")
    subscription = updated.id_of("Subscription")
    settings = sns.get_subscription_attributes(SubscriptionArn=subscription)["Attributes"]
    assert json.loads(settings["FilterPolicy"]) == {"kind": ["order"]}
    assert settings["RawMessageDelivery"] == "false"
    assert client("logs").list_tags_log_group(logGroupName="/web")["tags"] == {"c": "d"}
    tags = client("ssm").list_tags_for_resource(ResourceType="Parameter", ResourceId="/web")["TagList"]
    assert tags == [{"Key": "c", "Value": "d"}]


def test_versions_of_a_policy_do_not_pile_up(cloud: Cloud, client: Callable[..., Any]) -> None:
    """A managed policy has five versions at most."""
    text = "Resources: {P: {Type: AWS::IAM::ManagedPolicy, Properties: {PolicyDocument: %s}}}"
    cloud.create(text % (GRANT % "ecs:A0"))
    for number in range(1, 7):
        assert cloud.update(text % (GRANT % f"ecs:A{number}")) == "UPDATE_COMPLETE", cloud.failures()
    versions = client("iam").list_policy_versions(PolicyArn=cloud.id_of("P"))["Versions"]
    assert len(versions) == 2
    assert cloud.delete() == "DELETE_COMPLETE"


def test_resources_without_properties_get_some(cloud: Cloud, client: Callable[..., Any]) -> None:
    """Neither type has a name, so the old properties of such a resource are empty."""
    bare = "Resources: {Files: {Type: AWS::EFS::FileSystem}, Key: {Type: AWS::KMS::Key}}"
    cloud.create(bare)
    files, key = cloud.id_of("Files"), cloud.id_of("Key")
    update = bare.replace("FileSystem", "FileSystem, Properties: {FileSystemTags: [{Key: a, Value: b}]}")
    assert cloud.update(update.replace("Key}", "Key, Properties: {Description: x}}")) == "UPDATE_COMPLETE"
    tags = client("efs").list_tags_for_resource(ResourceId=files)["Tags"]
    assert {"Key": "a", "Value": "b"} in tags
    assert client("kms").describe_key(KeyId=key)["KeyMetadata"]["Description"] == "x"
