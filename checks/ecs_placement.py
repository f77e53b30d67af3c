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
_ROOMY = f"at least {INSTANCES} ACTIVE container instances that can each hold all {TASKS} tasks"


def cluster_is_active(account: Account, lab: Names) -> Outcome:
    """The cluster is ACTIVE."""
    return _ecs.cluster_is_active(account, lab["cluster"])


def two_instances_can_hold_all_tasks(account: Account, lab: Names) -> Outcome:
    """At least two ACTIVE container instances can each hold all the tasks."""
    hosts = _placement.active_hosts(account, lab["cluster"])
    instances = hosts.standing
    definition = _definition_of_the_tasks(account, lab)
    if definition is None:
        return Failed(
            found=f"{_are(len(instances))} ACTIVE, and {lab['family']} has no ACTIVE revision",
            expected=f"at least {INSTANCES} container instances that can each hold {TASKS} tasks of {lab['family']}",
            hint="Register the task definition first: it says how much CPU and memory one task needs.",
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
            f"{_instances(len(roomy))} can each hold all {TASKS} tasks",
            evidence="containerInstances[].ec2InstanceId",
        )
    if not instances:
        return Failed(
            found=f"no ACTIVE container instance in {lab['cluster']}{hosts.gone_text}",
            expected=_ROOMY,
            hint="Check the AMI, the instance profile and the user data of your instances.",
        )
    summary = f"{len(roomy)} can hold {TASKS} tasks of {_size_text(definition, size)}"
    return Failed(
        found=f"{_are(len(instances))} ACTIVE; {summary}{hosts.gone_text}",
        expected=_ROOMY,
        hint=f"Compare what {TASKS} tasks need with the CPU, memory, ports and network interfaces of each instance."
        if len(roomy) < len(instances)
        else "Check the status of each container instance, and the AMI, profile and user data of one that is missing.",
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
            expected=f"an ACTIVE revision of {family}, run by {lab['service']}",
            hint="Compare the family name with that of the task definition that the service runs.",
            near=account.nearby(family, _ecs.family_names),
        )
    name = f"{family}:{definition['revision']}"
    if "EC2" not in definition["compatibilities"]:
        return Failed(
            found=f"{name} is compatible with {', '.join(definition['compatibilities'])} only",
            expected="compatibility with EC2",
            hint="Placement strategies apply only to tasks on EC2: check the required compatibilities.",
            evidence="taskDefinition.compatibilities",
        )
    memory = _resources.size_of(definition).memory
    if not memory:
        return Failed(
            found=f"{name} reserves no memory",
            expected="a memory limit or a memory reservation",
            hint="ECS needs the memory of a task to know how many tasks fit on an instance.",
            evidence="taskDefinition.containerDefinitions[].[name, memory, memoryReservation]",
        )
    service = _ecs.the_service(account, lab["cluster"], lab["service"])
    used = _ecs.LaunchSettings(service).definition
    if used != definition["taskDefinitionArn"]:
        return Failed(
            found=f"{lab['service']} runs {used.rpartition('/')[2] or 'no task definition'}",
            expected=f"{name}, the newest ACTIVE revision",
            hint="A new revision does not change a running service until you update the service.",
            evidence="services[0].taskDefinition",
        )
    return Passed(
        f"{lab['service']} runs {name}, which reserves {memory} MiB",
        evidence="taskDefinition.taskDefinitionArn",
    )


def desired_count_is_four(account: Account, lab: Names) -> Outcome:
    """The service is ACTIVE in the cluster with a desired count of 4."""
    name = lab["service"]
    service = _ecs.active_service(account, lab["cluster"], name)
    if service is None:
        return _ecs.missing_service(account, lab["cluster"], name)
    desired = service["desiredCount"]
    if desired == TASKS:
        return Passed(f"{name} is ACTIVE with desired count {TASKS}", evidence="services[0].desiredCount")
    return Failed(
        found=f"{name} has desired count {desired}",
        expected=f"desired count {TASKS}",
        hint="The desired count is the number of tasks that the service keeps running.",
        evidence="services[0].desiredCount",
    )


def first_strategy_is_binpack_on_memory(account: Account, lab: Names) -> Outcome:
    """The service packs its tasks by memory, before anything else."""
    strategies = _ecs.the_service(account, lab["cluster"], lab["service"]).get("placementStrategy", [])
    first = strategies[0] if strategies else {}
    if first.get("type") == "binpack" and first.get("field", "").lower() == "memory":
        return Passed("the first strategy is binpack on memory", evidence="services[0].placementStrategy")
    return Failed(
        found=_placement.strategies_text(strategies),
        expected="binpack on memory as the first strategy",
        hint="Check the type, the field and the order of the placement strategies.",
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
    instances = _placement.standing_instances(account, lab["cluster"])
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
        expected=f"all {len(tasks)} tasks on {_instances(fewest)}",
        hint="A strategy applies only to tasks that ECS places after you set it. During a deployment, the old tasks "
        "still reserve memory while ECS places the new ones.",
        evidence="tasks[].containerInstanceArn",
    )


def _definition_of_the_tasks(account: Account, lab: Names) -> TaskDefinitionTypeDef | None:
    """The revision that the service runs, of any family; without a service, the newest revision of the family."""
    newest = _ecs.newest_definition(account, lab["family"])
    service = _ecs.active_service(account, lab["cluster"], lab["service"])
    used = _ecs.LaunchSettings(service).definition if service else ""
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
    """The smallest number of instances with room for these tasks; all of them, if even all are not enough."""
    held = 0
    for number, capacity in enumerate(sorted(rooms, reverse=True), 1):
        held += capacity
        if held >= tasks:
            return number
    return len(rooms)


def _instances(number: int) -> str:
    return f"{number} container instance{'s' if number != 1 else ''}"


def _are(number: int) -> str:
    return f"{_instances(number)} {'are' if number != 1 else 'is'}"


def _size_text(definition: TaskDefinitionTypeDef, size: _resources.Size) -> str:
    ports = f" with {size.ports_text()}" if size.ports else ""
    interface = ", each with a network interface" if definition.get("networkMode") == "awsvpc" else ""
    return f"{size.cpu} CPU units and {size.memory} MiB{ports}{interface}"


READS = (
    *_ecs.CLUSTER_READS,
    *_ecs.SERVICE_READS,
    *_placement.STANDING_READS,
    *_ecs.TASK_READS,
    *_ecs.DEFINITION_READS,
    *_ec2.TYPE_READS,
)
LEFTOVERS = (
    _leftovers.of(
        *_leftovers.CLUSTER,
        *_leftovers.HOSTS,
        *_leftovers.DEFINITIONS,
        cluster=["{cluster}"],
        family=["{family}"],
        role=["{cluster}-instance"],
    ),
)
OBJECTIVES = (
    Objective("cluster", cluster_is_active),
    Objective("instances", two_instances_can_hold_all_tasks, needs=("cluster",)),
    Objective("task-definition", definition_reserves_memory, needs=("service",)),
    Objective("service", desired_count_is_four, needs=("cluster",)),
    Objective("binpack-memory", first_strategy_is_binpack_on_memory, needs=("service",)),
    Objective("running", four_tasks_are_running, needs=("service",), effect=True),
    Objective("packed", tasks_occupy_the_fewest_instances, needs=("binpack-memory", "running"), effect=True),
)
