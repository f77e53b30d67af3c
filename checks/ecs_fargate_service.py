"""A service on Fargate: three tasks, in two Availability Zones, with an open container port."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from labs.sdk import Account, Failed, Names, Objective, Outcome, Passed, security_groups

from . import _ecs, _fargate, _leftovers, _net

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import TaskDefinitionTypeDef

TASKS = 3
ZONES = 2
PROVIDERS = frozenset({"FARGATE", "FARGATE_SPOT"})
_SUBNETS = (
    "services[0].networkConfiguration.awsvpcConfiguration.subnets",
    "services[0].deployments[].networkConfiguration.awsvpcConfiguration.subnets",
)


def service_is_active(account: Account, lab: Names) -> Outcome:
    """The service is ACTIVE in the cluster, and keeps a number of replicas."""
    service = _ecs.service_or_why(account, lab["cluster"], lab["service"])
    if isinstance(service, Failed):
        return service
    strategy = service.get("schedulingStrategy", "REPLICA")
    summary = f"{lab['service']} is ACTIVE in {lab['cluster']} with scheduling strategy {strategy}"
    if strategy == "REPLICA":
        return Passed(summary, evidence="services[0].[status, schedulingStrategy]")
    return Failed(
        found=summary,
        expected="scheduling strategy REPLICA",
        hint="REPLICA keeps a number of tasks running. DAEMON runs one task on each container instance.",
        evidence="services[0].schedulingStrategy",
    )


def service_runs_on_fargate(account: Account, lab: Names) -> Outcome:
    """The service runs on Fargate, by its launch type or by a strategy of Fargate's capacity providers only."""
    service = _ecs.the_service(account, lab["cluster"], lab["service"])
    current = _ecs.LaunchSettings(service)
    providers = {each["capacityProvider"] for each in current.strategy}
    kind = current.launch_type
    launched = f"launch type {kind}" if kind else "no launch type"
    summary = f"capacity providers {', '.join(sorted(providers))}" if providers else launched
    where = (
        "services[0].[launchType, capacityProviderStrategy]",
        "services[0].deployments[].[status, launchType, capacityProviderStrategy]",
    )
    if providers <= PROVIDERS if providers else kind == "FARGATE":
        return Passed(summary, evidence=where)
    return Failed(
        found=summary,
        expected="launch type FARGATE, or capacity providers FARGATE and FARGATE_SPOT only",
        hint="Check the launch type, or every provider of the capacity provider strategy.",
        evidence=where,
    )


def definition_is_valid_for_fargate(account: Account, lab: Names) -> Outcome:
    """The task definition that the service uses is valid for Fargate."""
    definition = _ecs.definition_of(account, _ecs.the_service(account, lab["cluster"], lab["service"]))
    wrong = _fargate.why_not_fargate(definition)
    name = _ecs.revision_name(definition)
    where = "taskDefinition.[networkMode, cpu, memory, compatibilities]"
    if wrong is None:
        return Passed(
            f"{name}: {definition['cpu']} CPU units, {definition['memory']} MiB, awsvpc", evidence=where
        )
    return Failed(
        found=f"{name}: {wrong}",
        expected="a revision that is valid for Fargate",
        hint="Fargate needs awsvpc mode and a supported size; no host paths, other host ports or EC2-only options.",
        evidence=where,
    )


def desired_count_is_three(account: Account, lab: Names) -> Outcome:
    """The desired count of the service is 3."""
    desired = _ecs.the_service(account, lab["cluster"], lab["service"])["desiredCount"]
    if desired == TASKS:
        return Passed(f"{lab['service']} has desired count {TASKS}", evidence="services[0].desiredCount")
    return Failed(
        found=f"{lab['service']} has desired count {desired}",
        expected=f"desired count {TASKS}",
        hint="The desired count is the number of tasks that the service keeps running.",
        evidence="services[0].desiredCount",
    )


def three_tasks_are_running(account: Account, lab: Names) -> Outcome:
    """3 tasks of the service are running on Fargate; those of a previous deployment may still be on instances."""
    outcome = _ecs.service_runs(account, lab["cluster"], lab["service"], TASKS)
    if isinstance(outcome, Failed):
        return outcome
    tasks = _ecs.running_tasks(account, lab["cluster"], lab["service"])
    hosted = sum("containerInstanceArn" in task for task in tasks)
    if len(tasks) - hosted >= TASKS:
        return outcome
    return Failed(
        found=f"{hosted} of {len(tasks)} running tasks are on container instances, not on Fargate",
        expected=f"{TASKS} running tasks of {lab['service']} on Fargate",
        hint="ECS stops the tasks of the previous deployment when the new ones run. Read the service events.",
        evidence="tasks[].[taskArn, launchType, containerInstanceArn]",
    )


def subnets_are_in_two_zones(account: Account, lab: Names) -> Outcome:
    """The subnets of the service are in at least two Availability Zones."""
    network = _ecs.LaunchSettings(_ecs.the_service(account, lab["cluster"], lab["service"])).network
    ids = network["subnets"] if network else []
    found = _net.subnets(account, ids)
    zones = {subnet["AvailabilityZone"] for subnet in found}
    summary = ", ".join(sorted(f"{each['SubnetId']} in {each['AvailabilityZone']}" for each in found))
    if len(zones) >= ZONES:
        return Passed(summary, evidence=_SUBNETS)
    return Failed(
        found=summary or "the service has no existing subnet",
        expected=f"subnets in at least {ZONES} Availability Zones",
        hint="Check the Availability Zone of each subnet in the network configuration of the service.",
        evidence=(*_SUBNETS, "Subnets[].[SubnetId, AvailabilityZone]"),
    )


def group_admits_the_container_port(account: Account, lab: Names) -> Outcome:
    """A security group of the tasks allows inbound traffic to a container port, not only from itself."""
    service = _ecs.the_service(account, lab["cluster"], lab["service"])
    ports = list(_ports(_ecs.definition_of(account, service)))
    if not ports:
        return Failed(
            found=f"no container of {lab['service']} exposes a port",
            expected="a container with a port mapping, and an inbound rule for its port",
            hint="Check the port mappings of the containers in the task definition.",
            evidence="taskDefinition.containerDefinitions[].[name, portMappings]",
        )
    network = _ecs.LaunchSettings(service).network
    groups = _net.groups_of(account, network, _net.subnets(account, network["subnets"])) if network else []
    inbound_rules = security_groups.inbound_rules(security_groups.groups_by_id(account, groups))
    open_rules = [
        each
        for each in inbound_rules
        if any(each.is_for(*port) for port in ports) and _is_outside(each, groups)
    ]
    where = "SecurityGroups[].[GroupId, IpPermissions]"
    if open_rules:
        return Passed(f"{open_rules[0].group} allows inbound {open_rules[0]}", evidence=where)
    exposed = ", ".join(f"{protocol} {first}" for protocol, first, _ in ports)
    rules = "; ".join(f"{each.group} allows inbound {each}" for each in inbound_rules) or "no inbound rule"
    return Failed(
        found=f"the container exposes {exposed}; security groups {', '.join(groups) or 'none'}: {rules}",
        expected="an inbound rule for the container port, with a source other than the groups of the tasks",
        hint="Check the protocol, the port range and the source of each inbound rule.",
        evidence=where,
    )


def _is_outside(rule: security_groups.InboundRule, own: list[str]) -> bool:
    """Whether the rule has a source other than the security groups of the tasks."""
    return bool(rule.networks or rule.prefix_lists or rule.groups.difference(own))


def _ports(definition: TaskDefinitionTypeDef) -> Iterator[tuple[str, int, int]]:
    """Protocol, first and last port of every mapping; on its own interface a task uses the container's ports."""
    for container in definition["containerDefinitions"]:
        for mapping in container.get("portMappings", []):
            ports = mapping.get("containerPortRange") or str(mapping.get("containerPort", 0))
            first, _, last = ports.partition("-")
            yield mapping.get("protocol", "tcp"), int(first), int(last or first)


READS = (
    *_ecs.CLUSTER_READS,
    *_ecs.SERVICE_READS,
    *_ecs.TASK_READS,
    "ecs:DescribeTaskDefinition",
    *_net.SUBNET_READS,
    *security_groups.READS,
)
LEFTOVERS = (
    _leftovers.of(
        *_leftovers.CLUSTER,
        *_leftovers.DEFINITIONS,
        "groups named",
        "security group",
        cluster=["{cluster}"],
        family=["{cluster}"],
        groups_named=["{cluster}"],
    ),
)
OBJECTIVES = (
    Objective("service", service_is_active),
    Objective("fargate", service_runs_on_fargate, needs=("service",)),
    Objective("task-definition", definition_is_valid_for_fargate, needs=("service",)),
    Objective("desired", desired_count_is_three, needs=("service",)),
    Objective("running", three_tasks_are_running, needs=("fargate", "desired"), effect=True),
    Objective("zones", subnets_are_in_two_zones, needs=("service",)),
    Objective("reachable", group_admits_the_container_port, needs=("service",)),
)
