"""Managed scaling: ECS sets the size of a capacity provider's Auto Scaling group to what its tasks need.

The developer guide ("Automatically manage Amazon ECS capacity with cluster auto scaling") gives the metric that a
target tracking policy keeps at the target capacity:

    CapacityProviderReservation = instances needed / instances running x 100

Needed are the instances that run tasks (not counting daemons), and those that the waiting tasks would fill if each
were put on the first instance with room. The group grows at once, up to its maximum; it shrinks after 15 minutes with
too many instances, as AWS's alarm does. With managed termination protection, only instances without tasks are
terminated.

Simpler than on AWS: policy, alarms and metric are not visible; there is no warm-up; an idle instance counts as room
for a waiting task even if a constraint excludes it; and a task that is too large for the group's instance type does
not count, because no number of instances would help.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

from moto.core.exceptions import ServiceException

from labs.sandbox import hooks
from labs.sandbox.ec2.instance_types import instance_size
from labs.sandbox.ecs.launch.task_launch import waiting
from labs.sandbox.ecs.model.records import Instance, Provider, Task
from labs.sandbox.ecs.model.regions import regions
from labs.sandbox.ecs.model.state import Ecs
from labs.sandbox.ecs.placement.host import Host, ResourceRequest, take
from labs.sandbox.ecs.placement.resources import RESERVED_PORTS, resource_request
from labs.sandbox.ecs.placement.selection import lack_of
from labs.sandbox.scaling.scaling_groups import launched_type
from labs.sandbox.world import clock, settling

SCALE_IN_AFTER = timedelta(minutes=15)


@hooks.reconcilers.add("managed scaling")
def scale_groups(account: str) -> bool:
    """Changes the size of every managed group of the account towards what its tasks need."""
    # Each group is looked at, whatever became of the others.
    changes = [
        settling.attempt(f"capacity provider {provider.name}", _scale, ecs, provider, group)
        for ecs, provider, group in _managed(account)
    ]
    return any(changes)


@hooks.due_checks.add("managed scaling")
def shrinking_due() -> bool:
    """Whether a group has been too large for long enough."""
    from moto.autoscaling.models import autoscaling_backends

    return any(
        _waited_out(group)
        for backends in autoscaling_backends.values()
        for backend in backends.values()
        for group in backend.autoscaling_groups.values()
    )


def wanted_size(needed: int, target: int) -> int:
    """The minimum number of instances with which the metric does not exceed the target capacity in percent."""
    return -(-needed * 100 // target)


def _managed(account: str) -> Iterator[tuple[Ecs, Provider, Any]]:
    """Each capacity provider with managed scaling that a cluster uses, and its group."""
    from moto.autoscaling.models import autoscaling_backends

    for ecs in regions(account):
        used = {name for cluster in ecs.active_clusters() for name in cluster.doc["capacityProviders"]}
        managed = [each for each in ecs.providers.values() if each.managed_scaling and each.name in used]
        if not managed:
            continue  # to ask for the groups of a Region makes its EC2, with all images
        found = autoscaling_backends[account][ecs.region].autoscaling_groups.values()
        groups = {group.arn: group for group in found}
        for provider in managed:
            if provider.group_arn in groups:
                yield ecs, provider, groups[provider.group_arn]


def _scale(ecs: Ecs, provider: Provider, group: Any) -> bool:
    scaling = provider.doc["autoScalingGroupProvider"]["managedScaling"]
    running = len(group.active_instances())
    busy = _busy(ecs, group)
    needed = len(busy) + _fresh_needed(group, waiting(ecs, provider.name))
    wanted = wanted_size(needed, scaling["targetCapacity"])
    if wanted > running:
        group.ecs_low_since = None
        step = max(wanted - running, scaling["minimumScalingStepSize"])
        return _grow(group, running + min(step, scaling["maximumScalingStepSize"]))
    if wanted == running:
        group.ecs_low_since = None
    elif getattr(group, "ecs_low_since", None) is None:
        group.ecs_low_since = clock.now()
    elif _waited_out(group):
        return _shrink(provider, group, wanted, busy)
    return False


def _grow(group: Any, size: int) -> bool:
    size, before = min(size, group.max_size), len(group.active_instances())
    if size <= before:
        return False
    try:
        group.set_desired_capacity(size)
    except ServiceException:
        # Auto Scaling writes a failed activity, which nobody here reads, and tries again later: so do we.
        return False
    return len(group.active_instances()) > before


def _waited_out(group: Any) -> bool:
    since = getattr(group, "ecs_low_since", None)
    return since is not None and clock.now() - since >= SCALE_IN_AFTER


def _shrink(provider: Provider, group: Any, wanted: int, busy: set[str]) -> bool:
    """Reduces the group; with managed termination protection, first unprotects instances without tasks."""
    group.ecs_low_since = None
    members = group.active_instances()
    if provider.doc["autoScalingGroupProvider"]["managedTerminationProtection"] == "ENABLED":
        for state in members:
            state.protected_from_scale_in = state.instance.id in busy
    free = [state for state in members if not state.protected_from_scale_in]
    size = max(wanted, len(members) - len(free), group.min_size)
    if size >= len(members):
        return False
    group.set_desired_capacity(size)
    return True


def _busy(ecs: Ecs, group: Any) -> set[str]:
    """The ids of the group's instances that run tasks other than daemons."""
    members = {state.instance.id for state in group.active_instances()}
    return {
        instance.instance_id
        for cluster in ecs.active_clusters()
        for instance in cluster.instances.values()
        if instance.instance_id in members and _works(instance)
    }


def _works(instance: Instance) -> bool:
    return any(not (task.service and task.service.daemon) for task in instance.tasks.values())


def _fresh_needed(group: Any, tasks: Iterable[Task]) -> int:
    """The number of new instances that the tasks need, if each is put on the first one with room."""
    tasks = list(tasks)
    offers = instance_size(launched_type(group)) if tasks else None
    if offers is None:
        return 0
    ports = frozenset(("tcp", int(port)) for port in RESERVED_PORTS)
    empty = Host("", offers.cpu, offers.memory, offers.gpus, ports)
    hosts: list[Host] = []
    for need in map(_size, tasks):
        at = next((number for number, host in enumerate(hosts) if lack_of(host, need) is None), None)
        if at is not None:
            hosts[at] = take(hosts[at], need)
        elif lack_of(empty, need) is None:
            hosts.append(take(empty, need))
    return len(hosts)


def _size(task: Task) -> ResourceRequest:
    """The resources that a task needs from an instance of which only the type is known."""
    whole = resource_request(
        task.definition, task.service.doc if task.service else task.request, task.group, ()
    )
    apart = tuple(each for each in whole.constraints if each.type == "distinctInstance")
    return replace(whole, requires=frozenset(), constraints=apart, strategies=())
