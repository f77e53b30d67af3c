"""The search for what a lab left behind: the resources with its names, and on to the resources that these use.

A search starts with the lab's names and the ids that its checks saw, and follows what it finds: from a cluster to its
services, from a service to its target groups, from there to the load balancer. So it also finds resources that the
learner named differently. A resource that no longer exists ends the search on its branch.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec
from msgspec import structs

from labs.sdk import Account, Leftover, Leftovers, Names

from . import _ec2, _ecs, _efs, _elb, _leftovers_ec2, _leftovers_ecs, _leftovers_storage, _scaling


def _itself(_: Account, thing: Leftover) -> Iterator[Leftover]:
    """The thing itself, which the search has just seen."""
    yield thing


class Finder(msgspec.Struct, frozen=True):
    """How one kind of leftover is found: `find` yields the resource where it exists, and those that it leads to.

    The search calls no finder with an empty id; what a finder yields without one is passed over.
    """

    find: Callable[[Account, Leftover], Iterator[Leftover]] = _itself
    reads: tuple[str, ...] = ()


FINDERS: dict[str, Finder] = {
    "cluster": Finder(_leftovers_ecs.cluster, ("ecs:DescribeClusters",)),
    "services of": Finder(_leftovers_ecs.services_of, ("ecs:ListServices",)),
    "service": Finder(_leftovers_ecs.service, ("ecs:DescribeServices",)),
    "tasks of": Finder(_leftovers_ecs.tasks_of, _ecs.TASK_READS),
    "task": Finder(),
    "hosts of": Finder(_leftovers_ecs.hosts_of, _ecs.INSTANCE_READS),
    "container instance": Finder(),
    "capacity provider": Finder(_leftovers_ecs.provider, ("ecs:DescribeCapacityProviders",)),
    "providers of": Finder(_leftovers_ecs.providers_of, ("ecs:DescribeCapacityProviders",)),
    "family": Finder(_leftovers_ecs.family, ("ecs:ListTaskDefinitions",)),
    "task definition": Finder(_leftovers_ecs.definition, ("ecs:DescribeTaskDefinition",)),
    "scalable target": Finder(_leftovers_ecs.scalable_target, _scaling.TARGET_READS),
    "alarms of": Finder(_leftovers_ecs.alarms_of, ("cloudwatch:DescribeAlarms",)),
    "alarm": Finder(_leftovers_ecs.alarm, ("cloudwatch:DescribeAlarms",)),
    "stacks with": Finder(_leftovers_ecs.stacks_with, ("cloudformation:DescribeStackResources",)),
    "stack": Finder(),
    "instances named": Finder(_leftovers_ec2.instances_named, _ec2.INSTANCE_READS),
    "instance": Finder(_leftovers_ec2.instance, _ec2.INSTANCE_READS),
    "Auto Scaling group": Finder(_leftovers_ec2.scaling_group, ("autoscaling:DescribeAutoScalingGroups",)),
    "templates named": Finder(_leftovers_ec2.templates_named, ("ec2:DescribeLaunchTemplates",)),
    "launch template": Finder(
        _leftovers_ec2.launch_template, ("ec2:DescribeLaunchTemplates", "ec2:DescribeLaunchTemplateVersions")
    ),
    "launch configuration": Finder(
        _leftovers_ec2.launch_configuration, ("autoscaling:DescribeLaunchConfigurations",)
    ),
    "groups named": Finder(_leftovers_ec2.groups_named, _ec2.GROUP_READS),
    "security group": Finder(_leftovers_ec2.security_group, _ec2.GROUP_READS),
    "volumes of": Finder(_leftovers_ec2.volumes_of, ("ec2:DescribeVolumes",)),
    "volume": Finder(),
    "balancers named": Finder(_leftovers_ec2.balancers_named, (*_elb.BALANCER_READS, *_elb.GROUP_READS)),
    "balancers in": Finder(_leftovers_ec2.balancers_in, _elb.BALANCER_READS),
    "load balancer": Finder(_leftovers_ec2.load_balancer, (*_elb.BALANCER_READS, *_elb.GROUP_READS)),
    "target group": Finder(_leftovers_ec2.target_group, _elb.GROUP_READS),
    "role": Finder(
        _leftovers_ec2.role,
        (
            "iam:GetRole",
            "iam:ListAttachedRolePolicies",
            "iam:ListRolePolicies",
            "iam:ListInstanceProfilesForRole",
        ),
    ),
    "attached policy": Finder(),
    "inline policy": Finder(),
    "role in an instance profile": Finder(),
    "policy": Finder(_leftovers_ec2.policy, ("iam:ListPolicyVersions",)),
    "policy version": Finder(),
    "instance profile": Finder(_leftovers_ec2.instance_profile, ("iam:GetInstanceProfile",)),
    "file systems named": Finder(_leftovers_storage.file_systems_named, _efs.FILE_SYSTEM_READS),
    "file system": Finder(
        _leftovers_storage.file_system,
        (*_efs.FILE_SYSTEM_READS, *_efs.MOUNT_TARGET_READS, *_efs.TARGET_GROUP_READS),
    ),
    "mount target": Finder(),
    "repositories like": Finder(_leftovers_storage.repositories_like, ("ecr:DescribeRepositories",)),
    "repository": Finder(_leftovers_storage.repository, ("ecr:DescribeRepositories",)),
    "log group": Finder(_leftovers_storage.log_group, ("logs:DescribeLogGroups",)),
}

ROLES = (
    "role",
    "attached policy",
    "inline policy",
    "policy",
    "policy version",
    "role in an instance profile",
    "instance profile",
)
_INSTANCES = ("hosts of", "container instance", "instances named", "instance")
CLUSTER = ("cluster", "services of", "service", "tasks of", "task", "stacks with", "stack", *_INSTANCES)
HOSTS = (*_INSTANCES, "security group", *ROLES)
DEFINITIONS = ("family", "task definition")
GROUPS = (
    "Auto Scaling group",
    "providers of",
    "capacity provider",
    "templates named",
    "launch template",
    "launch configuration",
)
BALANCERS = ("balancers named", "balancers in", "load balancer", "target group")
FILES = ("file systems named", "file system", "mount target")
SCALING = ("scalable target", "alarms of", "alarm")

_PARTS = {"attached policy", "inline policy", "policy version", "role in an instance profile"}
_MAYBE_SHARED = {
    *_PARTS,
    "launch template",
    "launch configuration",
    "security group",
    "instance profile",
    "role",
    "policy",
    "log group",
    "repository",
}
"""Kinds of resources that learners have for other purposes too."""

_SEEN = (
    ("load balancer", re.compile(r"arn:[^:]+:elasticloadbalancing:[^:]+:\d+:loadbalancer/\S+")),
    ("target group", re.compile(r"arn:[^:]+:elasticloadbalancing:[^:]+:\d+:targetgroup/\S+")),
    ("file system", re.compile(r"fs-[0-9a-f]{8,}")),
    ("instance", re.compile(r"i-[0-9a-f]{8,}")),
    ("security group", re.compile(r"sg-[0-9a-f]{8,}")),
)


def of(*kinds: str, **starts: Sequence[str]) -> Leftovers:
    """A search through these kinds; `starts` gives the names to start with, by kind: `family=["{cluster}"]`.

    An underscore stands for the blank in a kind: `groups_named`.
    """
    reads = dict.fromkeys(read for kind in kinds for read in FINDERS[kind].reads)

    def find(account: Account, lab: Names, seen: Sequence[str]) -> Iterable[Leftover]:
        start = [
            Leftover(kind.replace("_", " "), pattern.format(**lab))
            for kind, patterns in starts.items()
            for pattern in patterns
        ]
        more = [Leftover(kind, each) for each in seen for kind, form in _SEEN if form.fullmatch(each)]
        names = tuple(each.id for each in start)
        for thing in _walk(account, [*start, *more], frozenset(kinds)):
            yield structs.replace(thing, shared=_is_shared(thing, names))

    return Leftovers(find, tuple(reads))


def _walk(account: Account, start: list[Leftover], kinds: frozenset[str]) -> Iterator[Leftover]:
    todo, looked = list(start), set()
    while todo:
        thing = todo.pop(0)
        key = (thing.kind, thing.id, thing.within if thing.kind in _PARTS | {"service"} else "")
        if thing.kind not in kinds or not thing.id or key in looked:
            continue
        looked.add(key)
        for found in FINDERS[thing.kind].find(account, thing):
            if (found.kind, found.id) == (thing.kind, thing.id):
                yield found
            else:
                todo.append(found)


def _is_shared(thing: Leftover, names: tuple[str, ...]) -> bool:
    name = thing.within if thing.kind in _PARTS else thing.name or thing.id
    return thing.kind in _MAYBE_SHARED and not _is_of_the_lab(name.removeprefix("/ecs/"), names)


def _is_of_the_lab(name: str, names: tuple[str, ...]) -> bool:
    """Whether a resource has one of the lab's names, or one that begins so; a path (a repository's) must be equal."""
    return name in names if "/" in name else name.startswith(names)
