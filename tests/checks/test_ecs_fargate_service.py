"""Odd services: without a network, with several ports, let in by a prefix list or by a range of ports."""

from typing import Any

import pytest

from labs.packs.aws_ecs.checks import ecs_fargate_service as lab
from labs.sdk import Failed, Outcome, Passed
from tests.checks.canned import Answer, answering

NAMES = {"cluster": "labs-fargate", "service": "web"}
CLUSTER = ("describe_clusters", {"clusters": [{"clusterName": "labs-fargate", "status": "ACTIVE"}]})
NETWORK = {"subnets": ["subnet-1"], "securityGroups": ["sg-1"]}
SUBNETS = ("describe_subnets", {"Subnets": [{"SubnetId": "subnet-1", "VpcId": "vpc-1"}]})


def service(**more: Any) -> Answer:
    found = {"serviceName": "web", "status": "ACTIVE", "taskDefinition": "web:1", "desiredCount": 3, **more}
    return "describe_services", {"services": [found]}


def in_network(**network: Any) -> Answer:
    return service(networkConfiguration={"awsvpcConfiguration": network})


def passes(found: Outcome) -> bool:
    return isinstance(found, Passed)


@pytest.mark.parametrize(
    ("strategy", "replica"),
    [({}, True), ({"schedulingStrategy": "REPLICA"}, True), ({"schedulingStrategy": "DAEMON"}, False)],
    ids=["by default", "replica", "daemon"],
)
def test_a_service_keeps_a_number_of_replicas(strategy: dict[str, str], *, replica: bool) -> None:
    assert passes(lab.service_is_active(answering(ecs=[CLUSTER, service(**strategy)]), NAMES)) is replica


def by(*providers: str) -> dict[str, Any]:
    return {"capacityProviderStrategy": [{"capacityProvider": name} for name in providers]}


@pytest.mark.parametrize(
    ("launch", "found"),
    [
        ({"launchType": "FARGATE"}, ""),
        (by("FARGATE"), ""),
        (by("FARGATE", "FARGATE_SPOT"), ""),
        ({"launchType": "FARGATE", **by("FARGATE", "own")}, "capacity providers FARGATE, own"),
        ({"launchType": "EC2"}, "launch type EC2"),
        ({}, "no launch type"),
    ],
    ids=str,
)
def test_only_fargate_will_do(launch: dict[str, Any], found: str) -> None:
    outcome = lab.service_runs_on_fargate(answering(ecs=[service(**launch)]), NAMES)
    assert passes(outcome) is not bool(found)
    assert outcome.found.endswith(found)


@pytest.mark.parametrize(
    ("hosted", "on_fargate", "found"),
    [
        (0, 3, "3 of 3 tasks are running"),
        (2, 3, "5 of 3 tasks are running"),
        (1, 2, "1 of 3 running tasks are on container instances, not on Fargate"),
    ],
    ids=["all", "in a deployment", "not enough yet"],
)
def test_tasks_on_container_instances_do_not_count(hosted: int, on_fargate: int, found: str) -> None:
    instance = {"containerInstanceArn": "instance"}
    tasks = [{"lastStatus": "RUNNING", **instance}] * hosted + [{"lastStatus": "RUNNING"}] * on_fargate
    asked = ("list_tasks", {"taskArns": ["task"]}), ("describe_tasks", {"tasks": tasks})
    outcome = lab.three_tasks_are_running(answering(ecs=[*asked, *asked]), NAMES)
    assert (passes(outcome), outcome.found) == (on_fargate == 3, found)


def test_a_service_without_a_network_of_its_own_is_in_no_zone() -> None:
    outcome = lab.subnets_are_in_two_zones(answering(ecs=[service()], ec2=[]), NAMES)
    assert isinstance(outcome, Failed)
    assert outcome.found == "the service has no existing subnet"


def reached(network: dict[str, Any], ports: list[dict[str, Any]], rule: dict[str, Any]) -> Outcome:
    """Whether somebody comes in by one rule of a security group."""
    containers = [{"name": "web", "portMappings": ports}]
    group = {"GroupId": "sg-1", "GroupName": "one", "IpPermissions": [rule]}
    account = answering(
        ecs=[
            in_network(**network) if network else service(),
            ("describe_task_definition", {"taskDefinition": {"containerDefinitions": containers}}),
        ],
        ec2=[SUBNETS, ("describe_security_groups", {"SecurityGroups": [group]})] if network else [],
    )
    return lab.group_admits_the_container_port(account, NAMES)


def tcp(first: int, last: int, **sources: Any) -> dict[str, Any]:
    sources = sources or {"IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    return {"IpProtocol": "tcp", "FromPort": first, "ToPort": last, **sources}


@pytest.mark.parametrize(
    ("ports", "rule", "is_reached"),
    [
        ([{"containerPort": 80}], tcp(80, 80), True),
        ([{"containerPort": 80, "protocol": "udp"}], tcp(80, 80), False),
        ([{"containerPort": 8080}, {"containerPort": 80}], tcp(80, 80), True),
        ([{"containerPortRange": "8000-8010"}], tcp(8005, 8005), True),
        ([{"containerPortRange": "8000-8010"}], tcp(8011, 9000), False),
        ([{"containerPort": 80}], tcp(80, 80, PrefixListIds=[{"PrefixListId": "pl-1"}]), True),
        ([{"containerPort": 80}], tcp(80, 80, UserIdGroupPairs=[{"GroupId": "sg-2"}]), True),
        ([{"containerPort": 80}], tcp(80, 80, UserIdGroupPairs=[{"GroupId": "sg-1"}]), False),
        ([{"containerPort": 80}], tcp(0, 79), False),
        ([{"containerPort": 80}], tcp(81, 65535), False),
        ([{}], tcp(1, 65535), False),
        ([], tcp(0, 65535), False),
    ],
    ids=str,
)
def test_a_port_of_the_container_is_reached_from_outside(
    ports: list[dict[str, Any]], rule: dict[str, Any], *, is_reached: bool
) -> None:
    assert passes(reached(NETWORK, ports, rule)) is is_reached


def test_a_service_whose_containers_expose_no_port_is_told_so() -> None:
    outcome = reached(NETWORK, [], tcp(80, 80))
    assert isinstance(outcome, Failed)
    assert outcome.hint == "Check the port mappings of the containers in the task definition."


def test_a_service_without_a_network_of_its_own_has_no_group() -> None:
    outcome = reached({}, [{"containerPort": 80}], tcp(80, 80))
    assert isinstance(outcome, Failed)
    assert "security groups none: no inbound rule" in outcome.found


def test_an_express_mode_service_is_judged_by_its_primary_deployment() -> None:
    """It has no task definition, network or launch type of its own (kayac/ecspresso#902)."""
    primary = {
        "status": "PRIMARY",
        "taskDefinition": "web:1",
        "launchType": "FARGATE",
        "networkConfiguration": {"awsvpcConfiguration": NETWORK},
    }
    found = {"serviceName": "web", "status": "ACTIVE", "desiredCount": 3, "deployments": [primary]}
    express: Answer = ("describe_services", {"services": [found]})
    assert passes(lab.service_runs_on_fargate(answering(ecs=[express]), NAMES))
    zones = [
        {"SubnetId": f"subnet-{zone}", "VpcId": "vpc-1", "AvailabilityZone": f"eu-west-1{zone}"}
        for zone in "ab"
    ]
    account = answering(ecs=[express], ec2=[("describe_subnets", {"Subnets": zones})])
    assert passes(lab.subnets_are_in_two_zones(account, NAMES))
