"""Pack tasks by memory: a service whose tasks fill one container instance before they use the next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import inf
from typing import TYPE_CHECKING

from labs.sdk import Account, Failed, Names, Objective, Outcome, Passed

from . import _ec2, _ecs, _leftovers, _placement, _resources

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import (
        ContainerInstanceTypeDef,
        ResourceOutputTypeDef,
        TaskDefinitionTypeDef,
    )

TASKS = 4
INSTANCES = 2
_TRUNK = "ecs.awsvpc-trunk-id"


def cluster_is_active(account: Account, lab: Names) -> Outcome:
    """The cluster is ACTIVE."""
    return _ecs.cluster_is_active(account, lab["cluster"])


def two_instances_can_hold_all_tasks(account: Account, lab: Names) -> Outcome:
    """At least two ACTIVE container instances can each hold all the tasks."""
    instances = _ecs.active_instances(account, lab["cluster"])
    definition = _definition_of_the_tasks(account, lab)
    if definition is None:
        return Failed(
            found=f"{_instances(len(instances))} registered, and no ACTIVE revision of {lab['family']} to hold",
            expected=f"{INSTANCES} that can each hold {TASKS} tasks of {lab['family']}",
            hint="How much does one task ask for?",
        )
    size = _resources.size_of(definition)
    limits = _interfaces(account, definition, instances)
    roomy = [
        each
        for each in instances
        if _capacity(each["registeredResources"], size, limits[each["containerInstanceArn"]]) >= TASKS
    ]
    if len(roomy) >= INSTANCES:
        return Passed(
            f"{_instances(len(roomy))} registered, each can hold all {TASKS} tasks",
            evidence="containerInstances[].ec2InstanceId",
        )
    summary = f"{len(roomy)} can hold {TASKS} tasks of {_size_text(definition, size)}"
    return Failed(
        found=f"{_instances(len(instances))} registered, of which {summary}"
        if instances
        else f"no ACTIVE container instance in {lab['cluster']}",
        expected=f"at least {INSTANCES}, ACTIVE, that can each hold all {TASKS} tasks",
        hint="Did the instances register in this cluster, and is one of them large enough for all tasks?",
        evidence=(
            "containerInstances[].[ec2InstanceId, status, registeredResources]",
            "InstanceTypes[].[InstanceType, NetworkInfo.MaximumNetworkInterfaces]",
        ),
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
    memory = _resources.size_of(definition).memory
    if not memory:
        return Failed(
            found=f"{name} reserves no memory",
            expected="a memory limit or reservation",
            hint="By what could ECS tell how many tasks fit on an instance?",
            evidence="taskDefinition.containerDefinitions[].[name, memory, memoryReservation]",
        )
    service = _ecs.the_service(account, lab["cluster"], lab["service"])
    used = _ecs.current(service).definition
    if used != definition["taskDefinitionArn"]:
        return Failed(
            found=f"{lab['service']} uses {used.rpartition('/')[2] or 'no task definition'}",
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
    definition = _ecs.definition_of(account, service)
    instances = _ecs.active_instances(account, lab["cluster"])
    limits = _interfaces(account, definition, instances)
    size = _resources.size_of(definition)
    left = {
        each["containerInstanceArn"]: _capacity(
            each["remainingResources"], size, limits[each["containerInstanceArn"]] - _tasks_on(each)
        )
        for each in instances
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
    used = _ecs.current(service).definition if service else ""
    if not used or (newest and used == newest["taskDefinitionArn"]):
        return newest
    return _ecs.definition(account, used)


def _interfaces(
    account: Account, definition: TaskDefinitionTypeDef, instances: Sequence[ContainerInstanceTypeDef]
) -> dict[str, float]:
    """How many tasks each instance has network interfaces for: it keeps one, and in awsvpc mode each task takes one.

    Source: "Increasing Amazon ECS Linux container instance network interfaces" of the developer guide.
    """
    kinds = {
        each["containerInstanceArn"]: _placement.attribute(each, _placement.TYPE) or ""
        for each in instances
        if definition.get("networkMode") == "awsvpc" and not _has_trunk(each)
    }
    most = _ec2.interfaces_of_types(account, set(filter(None, kinds.values())))
    limits = {arn: most[kind] - 1 for arn, kind in kinds.items() if kind in most}
    return {each["containerInstanceArn"]: limits.get(each["containerInstanceArn"], inf) for each in instances}


def _has_trunk(instance: ContainerInstanceTypeDef) -> bool:
    """Whether the tasks of an instance share a trunk interface instead."""
    return any(each["name"] == _TRUNK for each in instance["attributes"])


def _tasks_on(instance: ContainerInstanceTypeDef) -> int:
    return instance.get("runningTasksCount", 0) + instance.get("pendingTasksCount", 0)


def _capacity(resources: Sequence[ResourceOutputTypeDef], size: _resources.Size, interfaces: float) -> int:
    """How many tasks of this size fit into these resources, each with an interface where it needs one."""
    return max(0, int(min(_resources.capacity(resources, size), interfaces)))


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


def _size_text(definition: TaskDefinitionTypeDef, size: _resources.Size) -> str:
    ports = f" with {size.ports_text()}" if size.ports else ""
    interface = ", each with a network interface" if definition.get("networkMode") == "awsvpc" else ""
    return f"{size.cpu} CPU units and {size.memory} MiB{ports}{interface}"


READS = (
    *_ecs.CLUSTER_READS,
    *_ecs.SERVICE_READS,
    *_ecs.INSTANCE_READS,
    *_ecs.TASK_READS,
    *_ecs.DEFINITION_READS,
    *_ec2.TYPE_READS,
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
