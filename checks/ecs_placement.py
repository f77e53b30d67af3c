"""Pack tasks by memory: a service whose tasks fill one container instance before they use the next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from labs.sdk import Account, Failed, Names, Objective, Outcome, Passed

from . import _ecs, _leftovers, _placement

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import ResourceOutputTypeDef, TaskDefinitionTypeDef

TASKS = 4
INSTANCES = 2


def cluster_is_active(account: Account, lab: Names) -> Outcome:
    """The cluster is ACTIVE."""
    return _ecs.cluster_is_active(account, lab["cluster"])


def two_instances_can_hold_all_tasks(account: Account, lab: Names) -> Outcome:
    """At least two ACTIVE, connected container instances can each hold all the tasks."""
    instances = _ecs.connected_instances(account, lab["cluster"])
    definition = _definition_of_the_tasks(account, lab)
    if definition is None:
        return Failed(
            found=f"{_instances(len(instances))} connected, and no ACTIVE revision of {lab['family']} to hold",
            expected=f"{INSTANCES} that can each hold {TASKS} tasks of {lab['family']}",
            hint="How much does one task ask for?",
        )
    size = _ecs.size_of(definition)
    roomy = [instance for instance in instances if _capacity(instance["registeredResources"], size) >= TASKS]
    if len(roomy) >= INSTANCES:
        return Passed(
            f"{_instances(len(roomy))} connected, each can hold all {TASKS} tasks",
            evidence="containerInstances[].ec2InstanceId",
        )
    summary = (
        f"{len(roomy)} can hold {TASKS} tasks of {size.cpu} CPU units and {size.memory} MiB{_ports(size)}"
    )
    return Failed(
        found=f"{_instances(len(instances))} connected, of which {summary}"
        if instances
        else f"no connected container instance in {lab['cluster']}",
        expected=f"at least {INSTANCES}, ACTIVE and connected, that can each hold all {TASKS} tasks",
        hint="Did the instances register in this cluster, and is one of them large enough for all tasks?",
        evidence="containerInstances[].[ec2InstanceId, status, agentConnected]",
    )


def definition_reserves_memory(account: Account, lab: Names) -> Outcome:
    """The newest ACTIVE revision of the family runs on EC2 and reserves memory, and the service uses it."""
    family = lab["family"]
    definition = _ecs.newest_definition(account, family)
    if definition is None:
        return Failed(
            found=f"no ACTIVE revision of {family}",
            expected=f"a revision of {family} that the service uses",
            hint="Which family does the service's task definition belong to?",
            near=account.nearby(family, _ecs.family_names),
        )
    name = f"{family}:{definition['revision']}"
    if "EC2" not in definition["compatibilities"]:
        return Failed(
            found=f"{name} is compatible with {', '.join(definition['compatibilities'])} only",
            expected="compatible with EC2",
            hint="Whose memory is packed: that of instances you run, or that of AWS?",
            evidence="taskDefinition.compatibilities",
        )
    memory = _ecs.size_of(definition).memory
    if not memory:
        return Failed(
            found=f"{name} reserves no memory",
            expected="a memory limit or reservation",
            hint="By what could ECS tell how many tasks fit on an instance?",
            evidence="taskDefinition.containerDefinitions[].[name, memory, memoryReservation]",
        )
    service = _ecs.the_service(account, lab["cluster"], lab["service"])
    if service["taskDefinition"] != definition["taskDefinitionArn"]:
        return Failed(
            found=f"{lab['service']} uses {service['taskDefinition'].rpartition('/')[2]}",
            expected=f"{name}, the newest ACTIVE revision",
            hint="A new revision changes no service by itself: what does?",
            evidence="services[0].taskDefinition",
        )
    return Passed(f"{name} reserves {memory} MiB", evidence="taskDefinition.taskDefinitionArn")


def service_wants_four_tasks(account: Account, lab: Names) -> Outcome:
    """The service is ACTIVE in the cluster and wants 4 tasks."""
    name = lab["service"]
    service = _ecs.active_service(account, lab["cluster"], name)
    if service is None:
        return _ecs.missing_service(account, lab["cluster"], name)
    desired = service["desiredCount"]
    if desired == TASKS:
        return Passed(f"{name} is ACTIVE and wants {TASKS} tasks", evidence="services[0].desiredCount")
    return Failed(
        found=f"{name} wants {desired} tasks",
        expected=f"{TASKS} tasks",
        hint="How many tasks should the service keep running?",
        evidence="services[0].desiredCount",
    )


def first_strategy_is_binpack_on_memory(account: Account, lab: Names) -> Outcome:
    """The service packs its tasks by memory, before anything else."""
    strategies = _ecs.the_service(account, lab["cluster"], lab["service"])["placementStrategy"]
    first = strategies[0] if strategies else {}
    if first.get("type") == "binpack" and first.get("field", "").lower() == "memory":
        return Passed("binpack on memory, first", evidence="services[0].placementStrategy")
    summary = ", then ".join(f"{each['type']} on {each.get('field') or 'nothing'}" for each in strategies)
    return Failed(
        found=summary or "no placement strategy",
        expected="binpack on memory, first",
        hint="Which resource do these tasks run out of first, and which rule is applied before all others?",
        evidence="services[0].placementStrategy",
    )


def four_tasks_are_running(account: Account, lab: Names) -> Outcome:
    """4 tasks of the service are running."""
    return _ecs.service_runs(account, lab["cluster"], lab["service"], TASKS)


def tasks_occupy_the_fewest_instances(account: Account, lab: Names) -> Outcome:
    """The tasks occupy the fewest instances that can hold them, beside what else runs there.

    Binpack starts with the instance that has the least left. Where that one is full before the last task, more
    instances than the fewest are right: all but one of them have no room for another task.
    """
    tasks = _ecs.running_tasks(account, lab["cluster"], lab["service"])
    if outside := _placement.on_fargate(tasks):
        return outside
    used = Counter(task["containerInstanceArn"] for task in tasks)
    service = _ecs.the_service(account, lab["cluster"], lab["service"])
    size = _ecs.size_of(_ecs.definition(account, service["taskDefinition"]))
    left = {
        instance["containerInstanceArn"]: _capacity(instance["remainingResources"], size)
        for instance in _ecs.connected_instances(account, lab["cluster"])
    }
    fewest = _fewest([used[arn] + capacity for arn, capacity in left.items()], len(tasks))
    summary = f"{len(tasks)} tasks on {_instances(len(used))}"
    unfilled = [arn for arn in used if left.get(arn)]
    if len(used) <= fewest or len(unfilled) <= 1:
        return Passed(summary, evidence="tasks[].containerInstanceArn")
    return Failed(
        found=summary,
        expected=f"{_instances(fewest)}, which can hold them all",
        hint="A strategy steers only tasks that are placed after it was set: what makes ECS place them again?",
        evidence="tasks[].containerInstanceArn",
    )


def _definition_of_the_tasks(account: Account, lab: Names) -> TaskDefinitionTypeDef | None:
    """The revision that the service runs, of any family; without a service, the newest revision of the family."""
    newest = _ecs.newest_definition(account, lab["family"])
    service = _ecs.active_service(account, lab["cluster"], lab["service"])
    if service is None or (newest and service["taskDefinition"] == newest["taskDefinitionArn"]):
        return newest
    return _ecs.definition(account, service["taskDefinition"])


def _capacity(resources: Sequence[ResourceOutputTypeDef], size: _ecs.Size) -> int:
    """How many tasks of this size fit into these resources of an instance; of one that takes a port, one at most."""
    rooms = [
        _ecs.resource(resources, name) // each
        for name, each in (("CPU", size.cpu), ("MEMORY", size.memory))
        if each > 0
    ]
    if size.ports:
        taken = next(each["stringSetValue"] for each in resources if each["name"] == "PORTS")
        rooms.append(int(not {str(port) for port in size.ports} & set(taken)))
    return min(rooms, default=0)


def _fewest(rooms: list[int], tasks: int) -> int:
    """The smallest number of instances with these rooms that hold so many tasks; all of them, if none is enough."""
    held = 0
    for number, capacity in enumerate(sorted(rooms, reverse=True), 1):
        held += capacity
        if held >= tasks:
            return number
    return len(rooms)


def _instances(number: int) -> str:
    return f"{number} instance{'s' if number != 1 else ''}"


def _ports(size: _ecs.Size) -> str:
    return f" with host port {', '.join(map(str, size.ports))}" if size.ports else ""


READS = (
    *_ecs.CLUSTER_READS,
    *_ecs.SERVICE_READS,
    *_ecs.INSTANCE_READS,
    *_ecs.TASK_READS,
    *_ecs.DEFINITION_READS,
)
LEFTOVERS = (_leftovers.cluster(), _leftovers.family())
OBJECTIVES = (
    Objective("cluster", cluster_is_active),
    Objective("instances", two_instances_can_hold_all_tasks, needs=("cluster",)),
    Objective("task-definition", definition_reserves_memory, needs=("service",)),
    Objective("service", service_wants_four_tasks, needs=("cluster",)),
    Objective("binpack-memory", first_strategy_is_binpack_on_memory, needs=("service",)),
    Objective("running", four_tasks_are_running, needs=("service",), effect=True),
    Objective("packed", tasks_occupy_the_fewest_instances, needs=("binpack-memory", "running"), effect=True),
)
