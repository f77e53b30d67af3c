"""Ports, rooms and targets at their limits, for tasks that share an instance behind a load balancer."""

from typing import Any

import pytest

from labs.packs.aws_ecs.checks import ecs_dynamic_ports as lab
from labs.packs.aws_ecs.checks._load_balancing import Registration
from labs.sdk import Failed, Outcome, Passed
from tests.builders import ACCOUNT, REGION
from tests.checks.canned import Answer, answering

NAMES = {"cluster": "labs-dyn", "service": "web"}
ELB = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}"
GROUP, BALANCER, LISTENER = f"{ELB}:targetgroup/web/1", f"{ELB}:loadbalancer/app/web/1", f"{ELB}:listener/1"
REGISTRATION = Registration(
    NAMES,
    {"serviceName": "web", "taskDefinition": "web:1"},
    "web",
    80,
    {"TargetGroupName": "web", "TargetGroupArn": GROUP, "LoadBalancerArns": [BALANCER]},
)
BALANCERS: Answer = (
    "describe_load_balancers",
    {
        "LoadBalancers": [
            {
                "LoadBalancerArn": BALANCER,
                "LoadBalancerName": "web",
                "Type": "application",
                "Scheme": "internet-facing",
                "State": {"Code": "active"},
                "SecurityGroups": ["sg-alb"],
            }
        ]
    },
)


def passes(found: Outcome) -> bool:
    return isinstance(found, Passed)


def mapped(*mappings: dict[str, Any], **definition: Any) -> Answer:
    containers = [{"name": "web", "portMappings": list(mappings)}]
    found = {"family": "web", "revision": 1, "containerDefinitions": containers, **definition}
    return "describe_task_definition", {"taskDefinition": found}


OPEN, FIXED = {"containerPort": 80, "hostPort": 0}, {"containerPort": 80, "hostPort": 8080}


@pytest.mark.parametrize(
    ("definition", "left_open"),
    [
        (mapped(OPEN), True),
        (mapped({"containerPort": 80}, networkMode="bridge"), True),
        (mapped(OPEN, {"containerPort": 443, "hostPort": 443}), True),
        (mapped(FIXED), False),
        (mapped(OPEN, FIXED), False),
        (mapped({"containerPort": 443}), False),
        (mapped(OPEN, networkMode="host"), False),
    ],
    ids=["zero", "absent", "another port is fixed", "fixed", "one of two fixed", "not mapped", "host mode"],
)
def test_the_balanced_port_is_left_open_in_bridge_mode(definition: Answer, *, left_open: bool) -> None:
    assert passes(lab.host_port_is_left_open(answering(ecs=[definition]), REGISTRATION)) is left_open


@pytest.mark.parametrize(("port", "right"), [(80, True), (8080, False), (443, False)])
def test_only_the_listener_on_80_counts(port: int, *, right: bool) -> None:
    action = {"Type": "forward", "TargetGroupArn": GROUP}
    listeners = {"Listeners": [{"ListenerArn": LISTENER, "Port": port}]}
    rules = [("describe_rules", {"Rules": [{"Actions": [action]}]})]
    account = answering(elbv2=[BALANCERS, ("describe_listeners", listeners), *rules])
    outcome = lab.listener_on_80_forwards_to_the_group(account, REGISTRATION)
    assert passes(outcome) is right
    assert not isinstance(outcome, Failed) or "port" in outcome.hint


def instances(*each: dict[str, Any]) -> list[Answer]:
    """Container instances as they are listed and described."""
    arns = [f"arn:aws:ecs:{REGION}:{ACCOUNT}:container-instance/{number}" for number, _ in enumerate(each)]
    known = {"status": "ACTIVE", "agentConnected": True}
    found = [
        {"containerInstanceArn": arn, "ec2InstanceId": f"i-{number}", **known, **one}
        for number, (arn, one) in enumerate(zip(arns, each, strict=True))
    ]
    listed: Answer = ("list_container_instances", {"containerInstanceArns": arns})
    return [listed, ("describe_container_instances", {"containerInstances": found})] if found else [listed]


def admitted(rule: dict[str, Any], check: Any, subject: Any) -> Outcome:
    """The outcome of a check of one instance's security group."""
    machine = {
        "InstanceId": "i-0",
        "LaunchTime": "2026-11-22T00:00:00Z",
        "SecurityGroups": [{"GroupId": "sg-1"}],
    }
    group = {"GroupId": "sg-1", "GroupName": "one", "IpPermissions": [rule]}
    account = answering(
        ecs=instances({}),
        elbv2=[BALANCERS],
        ec2=[
            ("describe_instances", {"Reservations": [{"Instances": [machine]}]}),
            ("describe_security_groups", {"SecurityGroups": [group]}),
        ],
    )
    found: Outcome = check(account, subject)
    return found


def tcp(first: int, last: int, **sources: Any) -> dict[str, Any]:
    return {"IpProtocol": "tcp", "FromPort": first, "ToPort": last, **sources}


@pytest.mark.parametrize(
    ("first", "last", "all_of_them"),
    [(32768, 65535, True), (0, 65535, True), (32769, 65535, False), (32768, 65534, False)],
)
def test_every_ephemeral_port_is_open_to_the_balancer(first: int, last: int, *, all_of_them: bool) -> None:
    rule = tcp(first, last, UserIdGroupPairs=[{"GroupId": "sg-alb"}])
    assert passes(admitted(rule, lab.instances_admit_the_balancer, REGISTRATION)) is all_of_them


@pytest.mark.parametrize(
    ("first", "last", "closed"),
    [(22, 22, True), (0, 32767, True), (0, 32768, False), (65535, 65535, False), (40000, 40000, False)],
)
def test_no_ephemeral_port_is_open_to_the_internet(first: int, last: int, *, closed: bool) -> None:
    rule = tcp(first, last, IpRanges=[{"CidrIp": "0.0.0.0/0"}])
    assert passes(admitted(rule, lab.instances_are_closed_to_the_internet, NAMES)) is closed


def test_where_there_is_no_instance_none_is_open_or_closed() -> None:
    """Empty sets pass nothing."""
    empty = instances()
    assert isinstance(lab.instances_are_closed_to_the_internet(answering(ecs=empty), NAMES), Failed)
    account = answering(ecs=empty, elbv2=[BALANCERS])
    assert isinstance(lab.instances_admit_the_balancer(account, REGISTRATION), Failed)
    stopped = answering(ecs=instances({}), ec2=[("describe_instances", {"Reservations": []})])
    found = lab.instances_are_closed_to_the_internet(stopped, NAMES)
    assert isinstance(found, Failed)
    assert found.found.endswith(": i-0")


def of_size(cpu: int, memory: int) -> dict[str, Any]:
    resources = [{"name": "CPU", "integerValue": cpu}, {"name": "MEMORY", "integerValue": memory}]
    return {"registeredResources": resources}


SMALL = of_size(2048, 1900)


@pytest.mark.parametrize(
    ("desired", "cpu", "memory", "machines", "right"),
    [
        (2, 128, 128, [SMALL], True),
        (2, 1024, 950, [SMALL], True),
        (2, 1025, 950, [SMALL], False),
        (2, 1024, 951, [SMALL], False),
        (2, 1024, 951, [SMALL, of_size(2048, 3800)], True),
        (2, 1025, 951, [of_size(4096, 1900), of_size(2048, 3800)], False),
        (1, 128, 128, [SMALL], False),
        (2, 128, 128, [], False),
    ],
    ids=[
        "small",
        "exactly",
        "too much CPU",
        "too much memory",
        "second",
        "neither",
        "one task",
        "no instance",
    ],
)
def test_two_tasks_are_wanted_and_fit_on_one_instance(
    desired: int, cpu: int, memory: int, machines: list[dict[str, Any]], *, right: bool
) -> None:
    service = {"serviceName": "web", "status": "ACTIVE", "desiredCount": desired, "taskDefinition": "web:1"}
    definition = mapped(OPEN, cpu=str(cpu), memory=str(memory))
    account = answering(
        ecs=[("describe_services", {"services": [service]}), definition, *instances(*machines)]
    )
    assert passes(lab.two_tasks_fit_on_one_instance(account, NAMES)) is right


def running(*hosts: int) -> list[Answer]:
    """A running task on each of these container instances, by number; each task has a port of its own."""
    found = [
        {
            "taskArn": f"arn:aws:ecs:{REGION}:{ACCOUNT}:task/labs-dyn/{number}",
            "lastStatus": "RUNNING",
            "containerInstanceArn": f"arn:aws:ecs:{REGION}:{ACCOUNT}:container-instance/{host}",
            "containers": [
                {"name": "web", "networkBindings": [{"containerPort": 80, "hostPort": 32768 + number}]}
            ],
        }
        for number, host in enumerate(hosts)
    ]
    listed: Answer = ("list_tasks", {"taskArns": [each["taskArn"] for each in found]})
    return [listed, ("describe_tasks", {"tasks": found})] if found else [listed]


@pytest.mark.parametrize(
    ("hosts", "share"),
    [((0, 0), True), ((0, 0, 1), True), ((1, 0, 0), True), ((0, 1), False)],
)
def test_two_tasks_on_one_instance_are_enough(hosts: tuple[int, ...], *, share: bool) -> None:
    account = answering(ecs=[*running(*hosts), *([] if share else running(*hosts))])
    assert passes(lab.tasks_share_an_instance(account, NAMES)) is share


def test_tasks_on_fargate_share_no_instance() -> None:
    tasks = [{"taskArn": "task", "lastStatus": "RUNNING"}] * 2
    account = answering(ecs=[("list_tasks", {"taskArns": ["task"]}), ("describe_tasks", {"tasks": tasks})])
    found = lab.tasks_share_an_instance(account, NAMES)
    assert isinstance(found, Failed)
    assert found.found == "2 of 2 tasks run on Fargate, not on a container instance"


def test_where_too_few_are_running_the_service_says_why() -> None:
    event = {"events": [{"message": "(service web) was unable to place a task"}]}
    service = {"serviceName": "web", "status": "ACTIVE", **event}
    account = answering(ecs=[*running(0), *running(0), ("describe_services", {"services": [service]})])
    found = lab.tasks_share_an_instance(account, NAMES)
    assert isinstance(found, Failed)
    assert found.found.startswith("1 of 2 tasks are running; latest event: (service web)")


@pytest.mark.parametrize(
    ("hosts", "targets", "right"),
    [
        ((0, 0), {("i-0", 32768), ("i-0", 32769)}, True),
        ((0, 0, 1), {("i-0", 32768), ("i-0", 32769)}, True),
        ((0, 0), {("i-0", 32768)}, False),
        ((0, 0), {("i-0", 80), ("i-0", 32769)}, False),
        ((0, 1), {("i-0", 32768), ("i-1", 32769)}, False),
    ],
    ids=["both", "a third elsewhere is none", "one is none", "another port", "nobody shares"],
)
def test_each_task_that_shares_an_instance_is_a_target(
    hosts: tuple[int, ...], targets: set[tuple[str, int]], *, right: bool
) -> None:
    health = [
        {"Target": {"Id": name, "Port": port}, "TargetHealth": {"State": "healthy"}} for name, port in targets
    ]
    described = instances({}, {})[1:] if len(set(hosts)) < len(hosts) else []
    account = answering(
        ecs=[*running(*hosts), *described],
        elbv2=[("describe_target_health", {"TargetHealthDescriptions": health})],
    )
    assert passes(lab.each_of_them_is_a_target(account, REGISTRATION)) is right
