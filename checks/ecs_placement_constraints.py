"""Bind tasks by constraints: one task to each instance, and tasks on instances of one family only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labs.sdk import Account, Failed, Names, Objective, Outcome, Passed

from . import _ecs, _leftovers, _placement

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import ContainerInstanceTypeDef, ServiceTypeDef

DISTINCT_TASKS = 3
MEMBER_TASKS = 2
FAMILY = "t3"
_AT = ("services[0].placementConstraints", "taskDefinition.placementConstraints")


def service_has_distinct_instance(account: Account, lab: Names) -> Outcome:
    """The service has the constraint distinctInstance."""
    service = _ecs.service_or_why(account, lab["cluster"], lab["distinct"])
    if isinstance(service, Failed):
        return service
    constraints = service.get("placementConstraints", [])
    if any(each["type"] == "distinctInstance" for each in constraints):
        return Passed(f"{lab['distinct']} has distinctInstance", evidence="services[0].placementConstraints")
    summary = " and ".join(f"memberOf {each}" for each in _placement.expressions(constraints))
    return Failed(
        found=f"{lab['distinct']} has {summary or 'no placement constraint'}",
        expected="the placement constraint distinctInstance",
        hint="A strategy is only a preference. Check the placement constraints of the service.",
        evidence="services[0].placementConstraints",
    )


def its_tasks_have_an_instance_each(account: Account, lab: Names) -> Outcome:
    """The three tasks of the service run on three instances."""
    tasks = _placement.tasks_or_why(account, lab["cluster"], lab["distinct"], DISTINCT_TASKS)
    if isinstance(tasks, Failed):
        return tasks
    hosts = _placement.hosts_of(account, lab["cluster"], tasks)
    summary = f"{len(tasks)} tasks on {_placement.instances_text(hosts.values())}"
    if len(hosts) == DISTINCT_TASKS:
        return Passed(summary, evidence="tasks[].containerInstanceArn")
    return Failed(
        found=summary,
        expected=f"{DISTINCT_TASKS} tasks on {DISTINCT_TASKS} different instances",
        hint="A constraint applies only to tasks that ECS places after you set it: which came first?",
        evidence="tasks[].containerInstanceArn",
    )


def expression_selects_the_family(account: Account, lab: Names) -> Outcome:
    """The memberOf expressions of the service and its task definition select exactly the t3 instances."""
    service = _ecs.service_or_why(account, lab["cluster"], lab["member"])
    if isinstance(service, Failed):
        return service
    expressions = _expressions(account, service)
    summary = " and ".join(expressions)
    if not expressions:
        return Failed(
            found=f"neither {lab['member']} nor its task definition has a memberOf constraint",
            expected=f"a memberOf expression that selects all {FAMILY} instances and no other",
            hint="Check the placement constraints of the service and of its task definition.",
            evidence=_AT,
        )
    instances = _placement.standing_instances(account, lab["cluster"])
    selected = _placement.selected(account, lab["cluster"], expressions)
    wrong = _wrong_selection(instances, selected)
    if not wrong:
        chosen = [each for each in instances if _is_of_family(each)]
        return Passed(f"{summary} selects {_placement.instances_text(chosen)}", evidence=_AT)
    return Failed(
        found=f"{summary}: {wrong}",
        expected=f"all {FAMILY} instances of {lab['cluster']} and no other",
        hint="Test the expression as a filter when you list the container instances. A t3a is not a t3.",
        evidence=(*_AT, "containerInstances[].ec2InstanceId"),
    )


def _expressions(account: Account, service: ServiceTypeDef) -> list[str]:
    definition = _ecs.definition_of(account, service)
    return _placement.expressions(
        [*service.get("placementConstraints", []), *definition.get("placementConstraints", [])]
    )


def _wrong_selection(instances: list[ContainerInstanceTypeDef], selected: set[str]) -> str:
    more = [
        each for each in instances if each["containerInstanceArn"] in selected and not _is_of_family(each)
    ]
    less = [
        each for each in instances if each["containerInstanceArn"] not in selected and _is_of_family(each)
    ]
    if more:
        return f"it also selects {_placement.instances_text(more)}"
    if less:
        return f"it leaves out {_placement.instances_text(less)}"
    return "" if any(map(_is_of_family, instances)) else f"the cluster has no ACTIVE {FAMILY} instance"


def _is_of_family(instance: ContainerInstanceTypeDef) -> bool:
    return (_placement.attribute(instance, _placement.TYPE) or "").partition(".")[0] == FAMILY


def its_tasks_run_on_the_family(account: Account, lab: Names) -> Outcome:
    """The two tasks of the service run on t3 instances only."""
    tasks = _placement.tasks_or_why(account, lab["cluster"], lab["member"], MEMBER_TASKS)
    if isinstance(tasks, Failed):
        return tasks
    hosts = _placement.hosts_of(account, lab["cluster"], tasks).values()
    wrong = [each for each in hosts if not _is_of_family(each)]
    if hosts and not wrong:
        summary = f"{len(tasks)} tasks on {_placement.instances_text(hosts)}"
        return Passed(summary, evidence="tasks[].containerInstanceArn")
    return Failed(
        found=f"{lab['member']} has a task on {_placement.instances_text(wrong)}",
        expected=f"all {MEMBER_TASKS} tasks on {FAMILY} instances",
        hint="A constraint applies only to tasks that ECS places after you set it: which came first?",
        evidence="tasks[].containerInstanceArn",
    )


READS = (
    *_ecs.CLUSTER_READS,
    *_ecs.SERVICE_READS,
    *_placement.STANDING_READS,
    *_ecs.TASK_READS,
    "ecs:DescribeTaskDefinition",
)
LEFTOVERS = (
    _leftovers.of(
        *_leftovers.CLUSTER,
        *_leftovers.HOSTS,
        *_leftovers.DEFINITIONS,
        cluster=["{cluster}"],
        family=["{cluster}"],
        role=["{cluster}-instance"],
    ),
)
OBJECTIVES = (
    Objective("distinct", service_has_distinct_instance),
    Objective("distinct-effect", its_tasks_have_an_instance_each, needs=("distinct",), effect=True),
    Objective("member-of", expression_selects_the_family),
    Objective("member-effect", its_tasks_run_on_the_family, needs=("member-of",), effect=True),
)
