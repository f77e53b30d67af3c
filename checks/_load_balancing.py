"""The path of a request to a service: a load balancer, its target group, and the container that is registered there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from labs.sdk import Account, CannotTell, Check, Names, Outcome, furthest

from . import _ecs, _elb

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import LoadBalancerTypeDef as EcsLoadBalancerTypeDef
    from mypy_boto3_ecs.type_defs import ServiceTypeDef, TaskDefinitionTypeDef, TaskTypeDef
    from mypy_boto3_elbv2.type_defs import LoadBalancerTypeDef, TargetGroupTypeDef


@dataclass(frozen=True, slots=True)
class Registration:
    """One registration of a service: a port of a container is a target of this target group."""

    lab: Names
    service: ServiceTypeDef
    container: str
    port: int
    group: TargetGroupTypeDef

    def mapped_ports(self, definition: TaskDefinitionTypeDef) -> list[int]:
        """The ports of the host to which a task definition maps the container's; 0 for one that is not set."""
        return [
            mapping.get("hostPort", 0)
            for container in definition["containerDefinitions"]
            if container["name"] == self.container
            for mapping in container.get("portMappings", [])
            if mapping.get("containerPort") == self.port
        ]

    def host_ports(self, task: TaskTypeDef) -> set[int]:
        """The host ports bound to the container port of a task."""
        return {
            binding["hostPort"]
            for container in task["containers"]
            if container["name"] == self.container
            for binding in container.get("networkBindings", [])
            if binding.get("containerPort") == self.port
        }

    def __str__(self) -> str:
        return f"{self.container}:{self.port} in {self.group['TargetGroupName']}"


Judge = Callable[[Account, Registration], Outcome]
"""An objective about one registration."""


def registrations(account: Account, lab: Names, service: ServiceTypeDef, kind: str) -> list[Registration]:
    """The registrations of a service with target groups of this type that are there."""
    return [each for each in _registrations(account, lab, service) if each.group["TargetType"] == kind]


def _registrations(account: Account, lab: Names, service: ServiceTypeDef) -> Iterator[Registration]:
    for entry in _ecs.LaunchSettings(service).balancers:
        for arn in _group_arns(entry):
            group = _elb.target_group(account, arn)
            if group:
                yield Registration(lab, service, entry["containerName"], entry["containerPort"], group)


def _group_arns(entry: EcsLoadBalancerTypeDef) -> Iterator[str]:
    """The target group of a service's entry, and the one to which a blue/green deployment moves its tasks."""
    names = (
        entry.get("targetGroupArn"),
        entry.get("advancedConfiguration", {}).get("alternateTargetGroupArn"),
    )
    yield from filter(None, names)


def registrations_text(account: Account, lab: Names, service: ServiceTypeDef) -> str:
    """The target groups of a service, each with its type."""
    summary = [
        f"{each.group['TargetGroupName']}, of type {each.group['TargetType']}"
        for each in _registrations(account, lab, service)
    ]
    return " and ".join(summary) or "no existing target group"


def for_best_registration(judge: Judge, judges: Sequence[Judge]) -> Check:
    """A check of the service's registration with a group of instances; of several, the one that gets furthest."""

    def check(account: Account, lab: Names) -> Outcome:
        service = _ecs.the_service(account, lab["cluster"], lab["service"])
        found = registrations(account, lab, service, "instance")
        if not found:
            raise CannotTell(f"the target group of {lab['service']} was deleted during the check")
        return judge(account, furthest(account, found, judges))

    return check


def public_balancer(account: Account, registration: Registration) -> LoadBalancerTypeDef | None:
    """The internet-facing application load balancer before a registration, if there is one."""
    found = _elb.load_balancers(account, registration.group.get("LoadBalancerArns", []))
    return next(
        (
            each
            for each in found
            if each["Type"] == "application"
            and each["Scheme"] == "internet-facing"
            and each["State"]["Code"] != "failed"
        ),
        None,
    )


def the_balancer(account: Account, registration: Registration) -> LoadBalancerTypeDef:
    """The load balancer of `public_balancer`. Raises CannotTell where it is gone."""
    found = public_balancer(account, registration)
    if found is None:
        raise CannotTell(f"the load balancer of {registration} was deleted during the check")
    return found
