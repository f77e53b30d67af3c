"""Load balancers: target health by port, listeners, and the defaults of application load balancers."""

from __future__ import annotations

import ipaddress
from typing import Any

from moto.elbv2.exceptions import (
    InvalidTargetError,
    TargetNotRunning,
    ValidationError,
)

from labs.sandbox.extend import Stock, Undo, operation, patch, set_attribute, together
from labs.sandbox.source import recorded, reference

Target = dict[str, Any]
Address = tuple[str, int]
"""An instance's id or an IP address, and a port."""


def key(address: Address) -> str:
    """The key under which moto's target group stores a target; moto itself omits the port."""
    return f"{address[0]}:{address[1]}"


def address_of(group: Any, target: Target) -> Address:
    """The address of a target; its port is the group's by default."""
    return str(target["Id"]), int(target.get("Port") or group.port or 0)


@patch(
    "elbv2:targets",
    "moto keeps one target for each instance, whatever its port, and takes any id",
    reference("elbv2", "RegisterTargets"),
)
def _keep_every_port() -> Undo:
    from moto.elbv2.models import FakeTargetGroup

    return together(
        set_attribute(FakeTargetGroup, "register", _register),
        set_attribute(FakeTargetGroup, "deregister", _deregister),
        set_attribute(FakeTargetGroup, "deregister_terminated_instances", _forget_instances),
        set_attribute(FakeTargetGroup, "health_for", _health_for(FakeTargetGroup.health_for)),
    )


def _register(group: Any, targets: list[Target]) -> None:
    for target in targets:
        _require_target(group, str(target["Id"]))
    for target in targets:
        address = address_of(group, target)
        group.targets[key(address)] = {"Id": address[0], "Port": address[1]}
        group.deregistered_targets.pop(key(address), None)


def _require_target(group: Any, target: str) -> None:
    """Refuses a target that does not match the group's type: a running instance, or an IP address."""
    if group.target_type == "instance":
        instance = group.ec2_backend.get_instance_by_id(target)
        if instance is None:
            raise ValidationError(f"Instance ID '{target}' is not valid")
        if instance.state != "running":
            raise TargetNotRunning(instance_id=target)
    if group.target_type == "ip":
        try:
            ipaddress.ip_address(target)
        except ValueError:
            raise ValidationError(f"The IP address '{target}' is not a valid IPv4 address") from None


def _deregister(group: Any, targets: list[Target]) -> None:
    """Deregisters targets; without a port, all ports of the target."""
    for target in targets:
        gone = _registered(group, target)
        if not gone:
            raise InvalidTargetError
        for name in gone:
            group.deregistered_targets[name] = group.targets.pop(name)


def _registered(group: Any, target: Target) -> list[str]:
    wanted, port = str(target["Id"]), target.get("Port")
    found = group.targets.items()
    return [name for name, one in found if one["Id"] == wanted and port in (None, one["Port"])]


def _forget_instances(group: Any, instance_ids: list[str]) -> None:
    for name in [name for name, target in group.targets.items() if target["Id"] in instance_ids]:
        group.terminated_targets[name] = group.targets.pop(name)


def _health_for(stock: Any) -> Any:
    """The health of one port by moto, whose dictionaries are keyed by id only."""

    def health_for(group: Any, target: Target, ec2_backend: Any) -> Any:
        names = _registered(group, target) or [key(address_of(group, target))]
        view = _View(group, names[0])
        health = stock(view, {**target, "Port": address_of(group, target)[1]}, ec2_backend)
        if health.status == "healthy" and not group.load_balancer_arns:
            health.status, health.reason = "unused", "Target.NotInUse"
            health.description = "Target group is not configured to receive traffic from the load balancer"
        return health

    return health_for


class _View:
    """A view of a target group with a single target, under its id alone, as moto's code expects."""

    def __init__(self, group: Any, name: str) -> None:
        self._group = group
        for field in ("targets", "deregistered_targets", "terminated_targets"):
            found = getattr(group, field).get(name)
            setattr(self, field, {found["Id"]: found} if found else {})

    def __getattr__(self, name: str) -> Any:
        return getattr(self._group, name)


@operation(
    "elbv2", "CreateLoadBalancer", "moto takes one zone and groups that do not exist, and has no defaults"
)
def create_load_balancer(response: Any, stock: Stock) -> Any:
    """Creates a load balancer; an application load balancer needs two zones, and gets AWS's defaults."""
    response.params.setdefault("Scheme", "internet-facing")
    if (response._get_param("Type") or "application") == "application":
        _require_two_zones(response)
        _settle_groups(response)
    return stock()


def _subnets(response: Any) -> list[Any]:
    names = response._get_param("Subnets") or []
    names = names or [mapping.get("SubnetId") for mapping in response._get_param("SubnetMappings") or []]
    return [response.elbv2_backend.ec2_backend.get_subnet(name) for name in names]


def _require_two_zones(response: Any) -> None:
    if len({subnet.availability_zone for subnet in _subnets(response)}) < 2:
        raise ValidationError("At least two subnets in two different Availability Zones must be specified")


def _settle_groups(response: Any) -> None:
    ec2 = response.elbv2_backend.ec2_backend
    names = response._get_param("SecurityGroups") or []
    unknown = [name for name in names if ec2.get_security_group_from_id(name) is None]
    if unknown:
        raise ValidationError(
            "InvalidSecurityGroup", f"One or more security groups are invalid: {unknown[0]}"
        )
    if not names:
        default = ec2.get_security_group_from_name("default", _subnets(response)[0].vpc_id)
        response.params["SecurityGroups"] = [default.id]


@patch(
    "elbv2:plain listeners",
    "moto gives every listener a policy for TLS",
    recorded("elbv2:DescribeListeners"),
)
def _leave_out_tls() -> Undo:
    from moto.elbv2.models import FakeListener

    stock = FakeListener.__init__

    def initialize(listener: Any, *given: Any, **options: Any) -> None:
        stock(listener, *given, **options)
        if listener.protocol not in ("HTTPS", "TLS"):
            listener.ssl_policy = listener.alpn_policy = None

    return set_attribute(FakeListener, "__init__", initialize)


@operation("elbv2", "CreateListener", "moto takes two listeners on one port")
def create_listener(response: Any, stock: Stock) -> Any:
    """Creates a listener, at most one for each port of a load balancer."""
    arn, port = response._get_param("LoadBalancerArn"), response._get_param("Port")
    balancer = response.elbv2_backend.load_balancers.get(arn)
    listeners = balancer.listeners.values() if balancer else ()
    if any(str(listener.port) == str(port) for listener in listeners):
        raise ValidationError(
            "DuplicateListener", f"A listener already exists on this port for this load balancer '{arn}'"
        )
    return stock()


@operation(
    "elbv2", "ModifyListener", "moto tells a group of its load balancer only when a listener is created"
)
def modify_listener(response: Any, stock: Stock) -> Any:
    """Attaches the target groups of a listener to its load balancer."""
    return _associated(response, stock())


@operation("elbv2", "ModifyRule", "moto tells a group of its load balancer only when a rule is created")
def modify_rule(response: Any, stock: Stock) -> Any:
    """Attaches the target groups of a rule to the listener's load balancer."""
    return _associated(response, stock())


def _associated(response: Any, answer: Any) -> Any:
    """Adds a load balancer to the target groups that it forwards to; as in moto, a group keeps the one that it has."""
    backend = response.elbv2_backend
    for balancer in backend.load_balancers.values():
        rules = [rule for listener in balancer.listeners.values() for rule in listener.rules.values()]
        for action in (action for rule in rules for action in rule.actions if action.type == "forward"):
            for name in backend._get_target_group_arns_from(action_data=action.data):
                group = backend.target_groups[name]
                if balancer.arn not in group.load_balancer_arns:
                    group.load_balancer_arns.append(balancer.arn)
    return answer
