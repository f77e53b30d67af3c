"""Follow the placement process of one task: resources first, then the constraint, then the strategy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from labs.sdk import Account, CannotTell, Failed, Names, Objective, Outcome, Passed

from . import _ecs, _leftovers, _placement, _resources

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import ContainerInstanceTypeDef, TaskDefinitionTypeDef, TaskTypeDef

INSTANCES = 4
TYPES = 3
MARKED = 2
CPU = 512
MEMORY = 4096
PORT = ("tcp", 8080)
_HOSTS = "containerInstances[].[ec2InstanceId, attributes]"


def four_instances_of_three_types(account: Account, lab: Names) -> Outcome:
    """Four ACTIVE container instances of at least three types are in the cluster."""
    there = _ecs.cluster_is_active(account, lab["cluster"])
    if isinstance(there, Failed):
        return there
    hosts = _placement.active_hosts(account, lab["cluster"])
    instances = hosts.standing
    types = {kind for kind in map(_type, instances) if kind}
    kinds = f" ({', '.join(sorted(types))})" if types else ""
    summary = f"{len(instances)} ACTIVE container instance{'s' if len(instances) != 1 else ''}{kinds}"
    if len(instances) >= INSTANCES and len(types) >= TYPES:
        return Passed(summary, evidence="containerInstances[].ec2InstanceId")
    return Failed(
        found=summary + hosts.gone_text,
        expected=f"at least {INSTANCES} ACTIVE container instances of at least {TYPES} instance types",
        hint="Check which instances are registered and ACTIVE, and their instance types.",
        evidence="containerInstances[].[ec2InstanceId, status]",
    )


def attribute_is_on_the_two_types(account: Account, lab: Names) -> Outcome:
    """The attribute is set on exactly the instances of the two types that the lab names."""
    there = _ecs.cluster_is_active(account, lab["cluster"])
    if isinstance(there, Failed):
        return there
    hosts = _placement.active_hosts(account, lab["cluster"])
    instances = hosts.standing
    marked = [each for each in instances if _is_marked(each, lab)]
    meant = _types_to_mark(lab)
    missing = [each for each in instances if _type(each) in meant and each not in marked]
    absent = sorted(meant - {_type(each) for each in instances})
    wrong = [each for each in marked if _type(each) not in meant]
    summary = f"{lab['attribute']}={lab['value']} is on {_placement.instances_text(marked)}"
    if not (missing or absent or wrong):
        return Passed(summary, evidence=_HOSTS)
    if absent:
        summary += f"; {lab['cluster']} has no ACTIVE {' and no ACTIVE '.join(absent)}"
    return Failed(
        found=summary + hosts.gone_text,
        expected=f"on every {' and every '.join(sorted(meant))}, at least one of each type, and on no other instance",
        hint="List the container instances with this attribute, and compare their types.",
        evidence=_HOSTS,
    )


def task_asks_for_its_resources(account: Account, lab: Names) -> Outcome:
    """The newest revision asks for enough CPU and memory, and for a fixed port of the host."""
    there = _ecs.family_is_active(account, lab["family"])
    if isinstance(there, Failed):
        return there
    definition = _ecs.the_definition(account, lab["family"])
    size = _resources.size_of(definition)
    summary = f"{size.cpu} CPU units, {size.memory} MiB and {size.ports_text()}"
    if size.cpu >= CPU and size.memory >= MEMORY and PORT in size.ports:
        return Passed(
            f"{_ecs.revision_name(definition)} reserves {summary}",
            evidence="taskDefinition.containerDefinitions[].[cpu, memory, memoryReservation, portMappings]",
        )
    return Failed(
        found=f"{_ecs.revision_name(definition)} reserves {summary}",
        expected=f"at least {CPU} CPU units, {MEMORY} MiB and TCP host port {PORT[1]}",
        hint="Check the CPU, the memory and the host port of the containers. In awsvpc mode, no host port is reserved.",
        evidence="taskDefinition.containerDefinitions[].[cpu, memory, memoryReservation, portMappings]",
    )


def constraint_selects_the_marked(account: Account, lab: Names) -> Outcome:
    """The memberOf constraint of the task definition selects exactly the instances with the attribute."""
    missing = _missing(account, lab)
    if missing:
        return missing
    definition = _ecs.the_definition(account, lab["family"])
    summary = " and ".join(_expressions(definition))
    selected = _selected(account, lab, definition)
    marked = [
        each for each in _placement.standing_instances(account, lab["cluster"]) if _is_marked(each, lab)
    ]
    if marked and selected == marked:
        return Passed(
            f"{summary} selects {_placement.instances_text(marked)}",
            evidence="taskDefinition.placementConstraints",
        )
    return Failed(
        found=f"{summary} selects {_placement.instances_text(selected)}"
        if summary
        else f"{_ecs.revision_name(definition)} has no memberOf constraint",
        expected=f"exactly the instances with {lab['attribute']}={lab['value']}: {_placement.instances_text(marked)}",
        hint="Test the expression of the constraint as a filter when you list the container instances.",
        evidence="taskDefinition.placementConstraints",
    )


def task_was_started(account: Account, lab: Names) -> Outcome:
    """A task of the newest revision, started by this name, is running."""
    missing = _missing(account, lab)
    if missing:
        return missing
    newest = _ecs.the_definition(account, lab["family"])
    running = _running(account, lab)
    started = _started(running, lab, newest)
    if started:
        return Passed(
            f"{_task_text(started[-1])} is running", evidence="tasks[].[taskArn, startedBy, lastStatus]"
        )
    return Failed(
        found=f"running in {lab['cluster']}: {', '.join(map(_task_text, running))}"
        if running
        else f"no task of {lab['family']} is running in {lab['cluster']}",
        expected=f"a running task of {_ecs.revision_name(newest)} with startedBy {lab['started_by']}",
        hint="Check the failures in the RunTask response, stopped tasks, and the revision and startedBy of the task.",
        evidence="tasks[].[taskArn, taskDefinitionArn, startedBy, lastStatus]",
    )


def task_is_on_an_eligible_instance(account: Account, lab: Names) -> Outcome:
    """The task runs on an instance that satisfies the constraint."""
    task, definition = _the_task(account, lab)
    selected = _selected(account, lab, definition)
    hosts = _placement.hosts_of(account, lab["cluster"], [task])
    summary = f"{_task_text(task)} runs on {_placement.instances_text(hosts.values())}"
    if any(each["containerInstanceArn"] in hosts for each in selected):
        return Passed(summary, evidence="tasks[].containerInstanceArn")
    return Failed(
        found=summary,
        expected=f"a task on one of {_placement.instances_text(selected)}",
        hint="A constraint applies when ECS places a task. Check whether the attributes were changed after that.",
        evidence="tasks[].containerInstanceArn",
    )


def task_is_where_least_memory_is_left(account: Account, lab: Names) -> Outcome:
    """Of the instances that could take the task when it was placed, it is on the one with the least memory left."""
    task, definition = _the_task(account, lab)
    host = task.get("containerInstanceArn", "")
    selected = {each["containerInstanceArn"]: each for each in _selected(account, lab, definition)}
    size = _resources.size_of(definition)
    then = _left_before(account, lab["cluster"], task, selected)
    rooms = {arn: left.memory for arn, left in then.items() if arn == host or left.fits(size)}
    room, least = rooms[host], min(rooms.values())
    summary = f"{_task_text(task)} runs on {_placement.instances_text([selected[host]])}"
    if room == least:
        return Passed(
            f"{summary}, which had the least memory left", evidence="containerInstances[].remainingResources"
        )
    best = [selected[arn] for arn, left in rooms.items() if left == least]
    return Failed(
        found=f"{summary}, which had {room} MiB left before the task",
        expected=f"a task on {_placement.instances_text(best)}, which had {least} MiB left",
        hint="Check the placement strategy of the RunTask call: which one prefers the fullest instance? "
        "Tasks that stopped more than an hour ago are not counted.",
        evidence="containerInstances[].remainingResources",
    )


def _left_before(
    account: Account, cluster: str, task: TaskTypeDef, instances: Mapping[str, ContainerInstanceTypeDef]
) -> dict[str, _resources.RemainingResources]:
    """The resources that these instances had left when the task was placed: others have started and stopped since.

    ECS describes a stopped task for about an hour. A task that is still PROVISIONING has no `createdAt`.
    """
    left = {arn: _resources.left_of(each["remainingResources"]) for arn, each in instances.items()}
    for other in _ecs.all_tasks(account, cluster):
        arn = other.get("containerInstanceArn", "")
        created = other.get("createdAt")
        since = other["taskArn"] == task["taskArn"] or created is None or created > task["createdAt"]
        stopped = other.get("stoppedAt")
        if arn in left and since and not stopped:
            left[arn] = left[arn].without(_size(account, other))
        elif arn in left and not since and stopped and stopped > task["createdAt"]:
            left[arn] = left[arn].beside(_size(account, other))
    return left


def _size(account: Account, task: TaskTypeDef) -> _resources.Size:
    return _resources.size_of(_ecs.definition(account, task["taskDefinitionArn"]))


def _missing(account: Account, lab: Names) -> Failed | None:
    """The failure for a missing family or cluster."""
    outcomes = (
        _ecs.family_is_active(account, lab["family"]),
        _ecs.cluster_is_active(account, lab["cluster"]),
    )
    return next((each for each in outcomes if isinstance(each, Failed)), None)


def _the_task(account: Account, lab: Names) -> tuple[TaskTypeDef, TaskDefinitionTypeDef]:
    """The task that was started last. Raises CannotTell where it is gone: a needed objective has found it."""
    newest = _ecs.the_definition(account, lab["family"])
    started = _started(_running(account, lab), lab, newest)
    if not started:
        raise CannotTell(f"the task with startedBy {lab['started_by']} stopped during the check")
    return started[-1], newest


def _running(account: Account, lab: Names) -> list[TaskTypeDef]:
    """The running tasks of the family, the oldest first."""
    pages = account.ecs.get_paginator("list_tasks").paginate(cluster=lab["cluster"], family=lab["family"])
    arns = [arn for page in pages for arn in page["taskArns"]]
    return sorted(_ecs.running_of(account, lab["cluster"], arns), key=lambda task: task["createdAt"])


def _started(tasks: list[TaskTypeDef], lab: Names, newest: TaskDefinitionTypeDef) -> list[TaskTypeDef]:
    return [
        task
        for task in tasks
        if task.get("startedBy") == lab["started_by"]
        and task["taskDefinitionArn"] == newest["taskDefinitionArn"]
    ]


def _expressions(definition: TaskDefinitionTypeDef) -> list[str]:
    return _placement.expressions(definition.get("placementConstraints", []))


def _selected(
    account: Account, lab: Names, definition: TaskDefinitionTypeDef
) -> list[ContainerInstanceTypeDef]:
    """The ACTIVE container instances that satisfy the constraints of the task definition."""
    arns = _placement.selected(account, lab["cluster"], _expressions(definition))
    instances = _placement.standing_instances(account, lab["cluster"])
    return [each for each in instances if each["containerInstanceArn"] in arns]


def _types_to_mark(lab: Names) -> set[str]:
    """The two instance types that are to have the attribute."""
    types = {each.strip() for each in lab["types"].split(",")} - {""}
    if len(types) != MARKED:
        raise CannotTell(
            f"the parameter types is {lab['types']!r}: it must be {MARKED} instance types, separated by a comma"
        )
    return types


def _is_marked(instance: ContainerInstanceTypeDef, lab: Names) -> bool:
    return _placement.attribute(instance, lab["attribute"]) == lab["value"]


def _type(instance: ContainerInstanceTypeDef) -> str | None:
    return _placement.attribute(instance, _placement.TYPE)


def _task_text(task: TaskTypeDef) -> str:
    revision = task["taskDefinitionArn"].rpartition("/")[2]
    by = task.get("startedBy")
    return f"a task of {revision} ({f'startedBy {by}' if by else 'without startedBy'})"


READS = (
    *_ecs.CLUSTER_READS,
    *_placement.STANDING_READS,
    *_ecs.TASK_READS,
    *_ecs.DEFINITION_READS,
    "ecs:ListServices",  # to name what a clean-up leaves
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
    Objective("instances", four_instances_of_three_types),
    Objective("attribute", attribute_is_on_the_two_types),
    Objective("step-resources", task_asks_for_its_resources),
    Objective("step-constraint", constraint_selects_the_marked),
    Objective("started", task_was_started),
    Objective(
        "step-eligible", task_is_on_an_eligible_instance, needs=("step-constraint", "started"), effect=True
    ),
    Objective("step-strategy", task_is_where_least_memory_is_left, needs=("step-eligible",), effect=True),
)
