"""Several tasks on one instance: each on a dynamic host port, all behind one load balancer."""

from __future__ import annotations

from collections import Counter
from functools import partial

from labs.sdk import Account, Failed, Names, Objective, Outcome, Passed, security_groups

from . import _ec2, _ecs, _elb, _leftovers, _load_balancing, _net, _placement, _resources
from ._load_balancing import Registration

PORT = 80
EPHEMERAL = (32768, 65535)
REPLICAS = 2
_RULES = "SecurityGroups[].[GroupId, IpPermissions]"


def host_port_is_left_open(account: Account, registration: Registration) -> Outcome:
    """In bridge mode, the load-balanced container has no host port, or 0."""
    definition = _ecs.definition_of(account, registration.service)
    mode = definition.get("networkMode", "bridge")
    ports = registration.mapped_ports(definition)
    mapped = f"container {registration.container} maps port {registration.port}"
    summary = f"{_ecs.revision_name(definition)} has network mode {mode}; {mapped}"
    where = "taskDefinition.[networkMode, containerDefinitions[].portMappings]"
    if mode == "bridge" and ports and not any(ports):
        return Passed(f"{summary} to a dynamic host port", evidence=where)
    fixed = [str(port) for port in ports if port] or ["0" if ports else "none"]
    return Failed(
        found=f"{summary} to host port {', '.join(fixed)}",
        expected="network mode bridge, and a host port that is empty or 0",
        hint="Two tasks on one instance cannot use the same host port. Check the network mode and the port mapping.",
        evidence=where,
    )


def service_has_a_group_of_instances(account: Account, lab: Names) -> Outcome:
    """The service uses a target group of type instance."""
    service = _ecs.service_or_why(account, lab["cluster"], lab["service"])
    if isinstance(service, Failed):
        return service
    found = _load_balancing.registrations(account, lab, service, "instance")
    if found:
        return Passed(
            f"{lab['service']} registers {found[0]}, of type instance",
            evidence="TargetGroups[].[TargetGroupName, TargetType]",
        )
    return Failed(
        found=f"{lab['service']} uses {_load_balancing.registrations_text(account, lab, service)}",
        expected="a target group of type instance",
        hint="In bridge mode a task has no IP address of its own. Its target is the instance and a host port.",
        evidence=("services[0].loadBalancers", "TargetGroups[].[TargetGroupName, TargetType]"),
    )


def group_belongs_to_a_public_balancer(account: Account, registration: Registration) -> Outcome:
    """The target group belongs to an internet-facing application load balancer."""
    where = "LoadBalancers[].[LoadBalancerName, Type, Scheme, State.Code]"
    found = _load_balancing.public_balancer(account, registration)
    if found:
        return Passed(
            f"{found['LoadBalancerName']} is an {found['Scheme']} {found['Type']} load balancer",
            evidence=where,
        )
    others = _elb.load_balancers(account, registration.group.get("LoadBalancerArns", []))
    summary = ", ".join(
        f"{each['LoadBalancerName']} ({each['Scheme']}, {each['Type']}, {each['State']['Code']})"
        for each in others
    )
    return Failed(
        found=f"target group {registration.group['TargetGroupName']} belongs to {summary or 'no load balancer'}",
        expected="an internet-facing application load balancer",
        hint="Check the type and the scheme of the load balancer, and that a listener forwards to the group.",
        evidence=where,
    )


def listener_on_80_forwards_to_the_group(account: Account, registration: Registration) -> Outcome:
    """A listener on port 80 of the load balancer forwards to the target group."""
    balancer = _load_balancing.the_balancer(account, registration)
    found = _elb.listeners(account, balancer)
    group, where = registration.group["TargetGroupName"], "Rules[].Actions[]"
    here = [each for each in found if each["Port"] == PORT]
    if any(_elb.forwards(account, each, registration.group["TargetGroupArn"]) for each in here):
        return Passed(f"port {PORT} of {balancer['LoadBalancerName']} forwards to {group}", evidence=where)
    ports = ", ".join(str(each["Port"]) for each in found) or "no port"
    return Failed(
        found=f"no rule of the listener on port {PORT} forwards to {group}"
        if here
        else f"{balancer['LoadBalancerName']} has listeners on: {ports}",
        expected=f"a listener on port {PORT} that forwards to {group}",
        hint="Check the default action and the rules of the listener: the target group and its weight."
        if here
        else f"Users connect to port {PORT}: check the port of the listener.",
        evidence=(where, "Listeners[].[Port, DefaultActions]"),
    )


def balancer_admits_everybody(account: Account, registration: Registration) -> Outcome:
    """A security group of the load balancer allows inbound port 80 from anywhere."""
    balancer = _load_balancing.the_balancer(account, registration)
    groups = balancer.get("SecurityGroups", [])
    sources = _net.sources(account, security_groups.groups_by_id(account, groups), PORT)
    summary = f"{', '.join(groups) or 'no group'} of {balancer['LoadBalancerName']} allows tcp {PORT} from {sources}"
    if sources.cover(["0.0.0.0/0"]):
        return Passed(summary, evidence=_RULES)
    return Failed(
        found=summary,
        expected=f"inbound tcp {PORT} from 0.0.0.0/0",
        hint="Check the inbound rules of the security groups of the load balancer.",
        evidence=_RULES,
    )


def instances_admit_the_balancer(account: Account, registration: Registration) -> Outcome:
    """The instances allow all ephemeral ports from a security group of the load balancer."""
    balancer = _load_balancing.the_balancer(account, registration)
    own = balancer.get("SecurityGroups", [])
    instances = _placement.running_instances_or_why(account, registration.lab["cluster"])
    if isinstance(instances, Failed):
        return instances
    inbound_rules = {
        each["InstanceId"]: security_groups.inbound_rules(
            security_groups.groups_by_id(account, _ec2.group_ids(each))
        )
        for each in instances
    }
    shut = [
        name for name, each in inbound_rules.items() if not security_groups.admits_all(each, *EPHEMERAL, own)
    ]
    ports = "-".join(map(str, EPHEMERAL))
    if not shut:
        return Passed(
            f"{', '.join(inbound_rules)} allows tcp {ports} from {' or '.join(own)}", evidence=_RULES
        )
    rules = "; ".join(f"{each.group} allows {each}" for each in inbound_rules[shut[0]])
    return Failed(
        found=f"{shut[0]}: {rules or 'no inbound rule'}",
        expected=f"inbound tcp {ports} from {' or '.join(own) or 'a security group of the load balancer'}",
        hint="Check the range and the source. A rule can name a security group as its source.",
        evidence=_RULES,
    )


def instances_are_closed_to_the_internet(account: Account, lab: Names) -> Outcome:
    """The instances allow no ephemeral port from the whole Internet."""
    instances = _placement.running_instances_or_why(account, lab["cluster"])
    if isinstance(instances, Failed):
        return instances
    wide = {
        each["InstanceId"]: security_groups.open_to_all(
            account,
            security_groups.inbound_rules(security_groups.groups_by_id(account, _ec2.group_ids(each))),
            *EPHEMERAL,
        )
        for each in instances
    }
    wrong = [f"{rule.group} of {name} allows {rule}" for name, rule in wide.items() if rule]
    if not wrong:
        return Passed(f"{', '.join(wide)} allows no ephemeral port from the whole Internet", evidence=_RULES)
    return Failed(
        found="; ".join(wrong),
        expected=f"no inbound rule for tcp {'-'.join(map(str, EPHEMERAL))} from the whole Internet",
        hint="Rules of all groups add up, for IPv4 and for IPv6. Only the load balancer needs these ports.",
        evidence=_RULES,
    )


def two_tasks_fit_on_one_instance(account: Account, lab: Names) -> Outcome:
    """The desired count is at least 2, and an instance has the CPU and memory for 2 tasks."""
    service = _ecs.the_service(account, lab["cluster"], lab["service"])
    desired = service["desiredCount"]
    size = _resources.size_of(_ecs.definition_of(account, service))
    instances = _ecs.active_instances(account, lab["cluster"])
    roomy = [
        each
        for each in instances
        if _resources.amount(each["registeredResources"], "CPU") >= REPLICAS * size.cpu
        and _resources.amount(each["registeredResources"], "MEMORY") >= REPLICAS * size.memory
    ]
    summary = (
        f"{lab['service']} has desired count {desired}; {len(roomy)} of {len(instances)} ACTIVE instances "
        f"can hold {REPLICAS} tasks"
    )
    where = ("services[0].desiredCount", "containerInstances[].ec2InstanceId")
    if desired >= REPLICAS and roomy:
        return Passed(summary, evidence=where)
    return Failed(
        found=summary,
        expected=f"desired count {REPLICAS} or more, and an ACTIVE instance that can hold {REPLICAS} tasks",
        hint="Compare what 2 tasks reserve with the registered CPU and memory of the instance."
        if desired >= REPLICAS
        else "The desired count is the number of tasks that the service keeps running.",
        evidence=where,
    )


def tasks_share_an_instance(account: Account, lab: Names) -> Outcome:
    """At least 2 running tasks of the service are on the same container instance."""
    tasks = _ecs.running_tasks(account, lab["cluster"], lab["service"])
    if outside := _placement.on_fargate(tasks):
        return outside
    most = max(Counter(each["containerInstanceArn"] for each in tasks).values(), default=0)
    summary = f"{len(tasks)} tasks are running, at most {most} on one instance"
    if most >= REPLICAS:
        return Passed(summary, evidence="tasks[].containerInstanceArn")
    short = _ecs.service_runs(account, lab["cluster"], lab["service"], REPLICAS)
    if isinstance(short, Failed):
        return short
    return Failed(
        found=summary,
        expected=f"at least {REPLICAS} tasks on one instance",
        hint="By default, a service spreads its tasks. Compare the number of tasks with the number of instances.",
        evidence="tasks[].containerInstanceArn",
    )


def each_of_them_is_a_target(account: Account, registration: Registration) -> Outcome:
    """Each task that shares an instance is a target of the group, on its own host port."""
    cluster = registration.lab["cluster"]
    tasks = _placement.sharing(_ecs.running_tasks(account, cluster, registration.lab["service"]), REPLICAS)
    hosts = _placement.hosts_of(account, cluster, tasks)
    wanted = [
        {
            (hosts[task["containerInstanceArn"]]["ec2InstanceId"], port)
            for port in registration.host_ports(task)
        }
        for task in tasks
    ]
    there = _elb.targets(account, registration.group["TargetGroupArn"])
    missing = [sorted(each) for each in wanted if not each & there]
    where = (
        "TargetHealthDescriptions[].[Target, TargetHealth.State]",
        "tasks[].containers[].networkBindings",
    )
    if wanted and not missing:
        summary = _elb.addresses_text(set.union(*wanted) & there)
        return Passed(f"targets of {registration.group['TargetGroupName']}: {summary}", evidence=where)
    return Failed(
        found=f"{len(missing)} of {len(tasks)} tasks are no target; "
        f"the targets are {_elb.addresses_text(there) or 'none'}",
        expected="each task as a target, by its instance and host port",
        hint="ECS registers a task when it starts. Compare the network bindings of the tasks with the targets.",
        evidence=where,
    )


_JUDGES = (
    host_port_is_left_open,
    group_belongs_to_a_public_balancer,
    listener_on_80_forwards_to_the_group,
    balancer_admits_everybody,
    instances_admit_the_balancer,
    each_of_them_is_a_target,
)


_best = partial(_load_balancing.for_best_registration, judges=_JUDGES)

READS = (
    *_ecs.CLUSTER_READS,
    *_ecs.SERVICE_READS,
    *_ecs.INSTANCE_READS,
    *_ecs.TASK_READS,
    "ecs:DescribeTaskDefinition",
    *_elb.GROUP_READS,
    *_elb.BALANCER_READS,
    *_elb.LISTENER_READS,
    *_elb.TARGET_READS,
    *_ec2.INSTANCE_READS,
    *_net.ADMISSION_READS,
)
LEFTOVERS = (
    _leftovers.of(
        *_leftovers.CLUSTER,
        *_leftovers.HOSTS,
        *_leftovers.BALANCERS,
        *_leftovers.DEFINITIONS,
        "groups named",
        cluster=["{cluster}"],
        family=["{cluster}"],
        balancers_named=["{cluster}"],
        groups_named=["{cluster}-alb", "{cluster}-instance"],
        role=["{cluster}-instance"],
    ),
)
OBJECTIVES = (
    Objective("host-port", _best(host_port_is_left_open), needs=("target-group",)),
    Objective("target-group", service_has_a_group_of_instances),
    Objective("load-balancer", _best(group_belongs_to_a_public_balancer), needs=("target-group",)),
    Objective("listener", _best(listener_on_80_forwards_to_the_group), needs=("load-balancer",)),
    Objective("alb-open", _best(balancer_admits_everybody), needs=("load-balancer",)),
    Objective("instance-from-alb", _best(instances_admit_the_balancer), needs=("load-balancer", "replicas")),
    Objective("instance-closed", instances_are_closed_to_the_internet, needs=("replicas",)),
    Objective("replicas", two_tasks_fit_on_one_instance, needs=("target-group",)),
    Objective("shared-instance", tasks_share_an_instance, needs=("host-port", "replicas"), effect=True),
    Objective("targets", _best(each_of_them_is_a_target), needs=("shared-instance",), effect=True),
)
