"""Stacks of services: in an order that no reference names, waiting until they are steady, failed by the breaker."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from cfn_kit import Cloud
from clock_kit import clock_set_to

from labs.sandbox.world import clock
from labs.sandbox.world.settling import settle

NETWORK = """\
Parameters: {Image: {Type: String, Default: nginx}, Count: {Type: Number, Default: 2}}
Resources:
  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}
  A: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/24, AvailabilityZone: !Select [0, !GetAZs '']}}
  B: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.1.0/24, AvailabilityZone: !Select [1, !GetAZs '']}}
  Gateway: {Type: AWS::EC2::InternetGateway}
  Attached: {Type: AWS::EC2::VPCGatewayAttachment, Properties: {VpcId: !Ref Vpc, InternetGatewayId: !Ref Gateway}}
  Table: {Type: AWS::EC2::RouteTable, Properties: {VpcId: !Ref Vpc}}
  Route:
    Type: AWS::EC2::Route
    DependsOn: Attached
    Properties: {RouteTableId: !Ref Table, DestinationCidrBlock: 0.0.0.0/0, GatewayId: !Ref Gateway}
  RouteA: {Type: AWS::EC2::SubnetRouteTableAssociation, Properties: {RouteTableId: !Ref Table, SubnetId: !Ref A}}
  RouteB: {Type: AWS::EC2::SubnetRouteTableAssociation, Properties: {RouteTableId: !Ref Table, SubnetId: !Ref B}}
  Cluster: {Type: AWS::ECS::Cluster}
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      Cpu: 256
      Memory: 512
      NetworkMode: awsvpc
      RequiresCompatibilities: [FARGATE]
      ContainerDefinitions: [{Name: web, Image: !Ref Image, PortMappings: [{ContainerPort: 80}]}]
  Group: {Type: AWS::ElasticLoadBalancingV2::TargetGroup, Properties: {Port: 80, Protocol: HTTP, TargetType: ip, VpcId: !Ref Vpc}}
  Service:
    Type: AWS::ECS::Service
    DependsOn: [RouteA, RouteB, Route]
    Properties:
      Cluster: !Ref Cluster
      LaunchType: FARGATE
      DesiredCount: !Ref Count
      TaskDefinition: !Ref Task
      DeploymentConfiguration: {DeploymentCircuitBreaker: {Enable: true, Rollback: false}}
      LoadBalancers: [{ContainerName: web, ContainerPort: 80, TargetGroupArn: !Ref Group}]
      NetworkConfiguration: {AwsvpcConfiguration: {Subnets: [!Ref A, !Ref B], AssignPublicIp: ENABLED}}
  Balancer: {Type: AWS::ElasticLoadBalancingV2::LoadBalancer, Properties: {Subnets: [!Ref A, !Ref B]}}
  Listener:
    Type: AWS::ElasticLoadBalancingV2::Listener
    Properties: {LoadBalancerArn: !Ref Balancer, Port: 80, Protocol: HTTP, DefaultActions: [{Type: forward, TargetGroupArn: !Ref Group}]}
"""


def service(client: Callable[..., Any]) -> Any:
    ecs = client("ecs")
    (cluster,) = ecs.list_clusters()["clusterArns"]
    arns = ecs.list_services(cluster=cluster)["serviceArns"]
    return ecs.describe_services(cluster=cluster, services=arns)["services"][0]


def test_service_waits_for_the_listener_that_no_reference_names(
    cloud: Cloud, client: Callable[..., Any]
) -> None:
    assert cloud.create(NETWORK) == "CREATE_COMPLETE", cloud.failures()
    made = service(client)
    assert (made["runningCount"], made["desiredCount"]) == (2, 2)
    health = client("elbv2").describe_target_health(TargetGroupArn=cloud.id_of("Group"))
    assert len(health["TargetHealthDescriptions"]) == 2


@pytest.mark.slow
def test_new_image_reaches_the_service(cloud: Cloud, client: Callable[..., Any]) -> None:
    cloud.create(NETWORK)
    before = service(client)["taskDefinition"]
    given = [
        {"ParameterKey": "Image", "ParameterValue": "httpd"},
        {"ParameterKey": "Count", "ParameterValue": "3"},
    ]
    assert cloud.update(NETWORK, Parameters=given) == "UPDATE_COMPLETE", cloud.failures()
    made = service(client)
    assert made["taskDefinition"] != before
    assert made["runningCount"] == 3


@pytest.mark.slow
def test_deletion_leaves_nothing(cloud: Cloud, client: Callable[..., Any]) -> None:
    cloud.create(NETWORK)
    stack = cloud.stack()["StackId"]
    assert cloud.delete() == "DELETE_COMPLETE", cloud.failures(stack)
    assert client("ecs").list_clusters()["clusterArns"] == []
    assert client("elbv2").describe_load_balancers()["LoadBalancers"] == []
    assert len(client("ec2").describe_vpcs()["Vpcs"]) == 1


@pytest.mark.slow
def test_breaker_of_a_service_that_cannot_pull_fails_the_stack(cloud: Cloud) -> None:
    image = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/nobody:v1"
    given = [{"ParameterKey": "Image", "ParameterValue": image}]
    template = NETWORK.replace(
        "RequiresCompatibilities: [FARGATE]",
        "RequiresCompatibilities: [FARGATE]\n      ExecutionRoleArn: !GetAtt Role.Arn",
    )
    template += """\
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: ecs-tasks.amazonaws.com}, Action: 'sts:AssumeRole'}]}
      Policies: [{PolicyName: pull, PolicyDocument: {Statement: [{Effect: Allow, Action: 'ecr:*', Resource: '*'}]}}]
"""
    assert cloud.create(template, Parameters=given) == "ROLLBACK_COMPLETE"
    assert "Circuit Breaker" in cloud.failures()["Service"]


NO_PLACE = """\
Resources:
  Cluster: {Type: AWS::ECS::Cluster, Properties: {ClusterName: labs}}
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties: {ContainerDefinitions: [{Name: a, Image: nginx, Memory: 64}]}
  Service:
    Type: AWS::ECS::Service
    Properties: {Cluster: !Ref Cluster, DesiredCount: 1, TaskDefinition: !Ref Task}
  After: {Type: AWS::SNS::Topic, DependsOn: Service}
  Beside: {Type: AWS::SNS::Topic, DependsOn: Task}
"""


def test_stack_waits_where_tasks_have_no_place(cloud: Cloud, client: Callable[..., Any]) -> None:
    """A service on instances waits for the first of them; what does not need it is made meanwhile."""
    assert cloud.create(NO_PLACE) == "CREATE_IN_PROGRESS"
    statuses = {
        each["LogicalResourceId"]: each["ResourceStatus"]
        for each in cloud.api.describe_stack_resources(StackName="web")["StackResources"]
    }
    assert "After" not in statuses
    assert (statuses["Service"], statuses["Beside"]) == ("CREATE_IN_PROGRESS", "CREATE_COMPLETE")
    ecs = client("ecs")
    (arn,) = ecs.list_services(cluster="labs")["serviceArns"]
    ecs.update_service(cluster="labs", service=arn, desiredCount=0)
    assert cloud.status() == "CREATE_COMPLETE"


def test_creation_that_takes_longer_than_its_timeout_is_rolled_back(cloud: Cloud) -> None:
    now = [clock.now()]
    with clock_set_to(lambda: now[0]):
        assert cloud.create(NO_PLACE, TimeoutInMinutes=10) == "CREATE_IN_PROGRESS"
        assert cloud.stack()["TimeoutInMinutes"] == 10
        now[0] += timedelta(minutes=11)
        settle("123456789012")
        assert cloud.status() == "ROLLBACK_COMPLETE"
    reasons = [
        each.get("ResourceStatusReason")
        for each in cloud.api.describe_stack_events(StackName="web")["StackEvents"]
    ]
    assert "Stack creation time exceeded the specified timeout. Rollback requested by user." in reasons
    assert cloud.failures() == {"Service": "Resource creation cancelled"}


def test_events_tell_what_happened_to_each_resource_the_latest_first(cloud: Cloud) -> None:
    template = (
        "Resources: {First: {Type: AWS::SNS::Topic}, Second: {Type: AWS::Mars::Rover, DependsOn: First}}"
    )
    cloud.create(template)
    events = cloud.api.describe_stack_events(StackName="web")["StackEvents"]
    assert [(each["LogicalResourceId"], each["ResourceStatus"]) for each in reversed(events)] == [
        ("web", "CREATE_IN_PROGRESS"),
        ("First", "CREATE_IN_PROGRESS"),
        ("First", "CREATE_COMPLETE"),
        ("Second", "CREATE_FAILED"),
        ("web", "ROLLBACK_IN_PROGRESS"),
        ("First", "DELETE_IN_PROGRESS"),
        ("First", "DELETE_COMPLETE"),
        ("web", "ROLLBACK_COMPLETE"),
    ]
    assert len({each["EventId"] for each in events}) == len(events)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["Cluster", "Service"])
def test_resources_are_listed_with_their_ids(cloud: Cloud, name: str) -> None:
    cloud.create(NETWORK)
    found = {
        each["LogicalResourceId"]: each
        for each in cloud.api.describe_stack_resources(StackName="web")["StackResources"]
    }
    assert found[name]["ResourceStatus"] == "CREATE_COMPLETE"
    assert found[name]["PhysicalResourceId"] == cloud.id_of(name)
