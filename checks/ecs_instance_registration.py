"""Three instances that do not register, each for another cause, and one that registers without inbound rules."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from labs.sdk import Account, CannotTell, Check, Failed, Names, Objective, Outcome, Passed, iam_roles

from . import _agent, _ec2, _ecs, _leftovers

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import InstanceTypeDef, IpPermissionOutputTypeDef, SecurityGroupTypeDef

CAUSES = ("ami", "iam", "agent")


def names_its_cause(parameter: str, cause: str) -> Check:
    """The tag on an instance names the cause why it does not register."""

    def check(account: Account, lab: Names) -> Outcome:
        name, key = lab[parameter], lab["tag"]
        found = _ec2.named(account, name, _ec2.STANDING)
        if not found:
            return Failed(
                found=f"no instance with the tag Name={name} in {account.region}",
                expected=f"instance {name} with tag {key}",
                hint="Start the lab if you have not, and check that no instance was terminated.",
                near=account.nearby(name, _ec2.names_of_all),
            )
        values = {each["InstanceId"]: _ec2.tag(each, key) for each in found}
        tagged = {instance: value for instance, value in values.items() if value}
        summary = ", ".join(f"tag {key} on {name} ({each}) is {value}" for each, value in tagged.items())
        if tagged and all(value.strip().lower() == cause for value in tagged.values()):
            return Passed(summary, evidence="Reservations[].Instances[].Tags")
        return Failed(
            found=summary or f"{name} ({', '.join(values)}) has no tag {key}",
            expected=f"the cause on {name}: {', '.join(CAUSES[:-1])} or {CAUSES[-1]}",
            hint="Compare the AMI, the role and the user data of the three instances.",
            evidence="Reservations[].Instances[].Tags",
        )

    return check


def an_instance_is_registered(account: Account, lab: Names) -> Outcome:
    """A container instance of the cluster is ACTIVE with a connected agent."""
    cluster = lab["cluster"]
    there = _ecs.cluster_is_active(account, cluster)
    if isinstance(there, Failed):
        return there
    ids = [each["ec2InstanceId"] for each in _ecs.connected_instances(account, cluster)]
    if ids:
        return Passed(
            f"{', '.join(ids)} registered in {cluster}",
            evidence="containerInstances[].[ec2InstanceId, agentConnected]",
        )
    others = _others(account, cluster)
    return Failed(
        found=f"no container instance in {cluster} is ACTIVE with a connected agent{others}",
        expected="at least one container instance, ACTIVE with a connected agent",
        hint="Check the status of the container instance, and the state of its EC2 instance and agent."
        if others
        else "Which of the three causes can you remove without access to the instance?",
    )


def _others(account: Account, cluster: str) -> str:
    """The registered instances in any other state, as the end of a sentence."""
    registered = _ecs.registered_instances(account, cluster)
    return "".join(f"; {each['ec2InstanceId']} is {_agent.state_text(each)}" for each in registered)


def every_instance_runs_an_optimized_image(account: Account, lab: Names) -> Outcome:
    """Every registered instance runs an ECS-optimized image."""
    outcomes = [_agent.runs_optimized_image(account, each) for each in _registered(account, lab)]
    return next((each for each in outcomes if isinstance(each, Failed)), outcomes[0])


def every_instance_has_a_role_to_register_and_pull(account: Account, lab: Names) -> Outcome:
    """Every registered instance has a role that allows it to register with ECS and to pull from ECR."""
    instances = _registered(account, lab)
    for instance in instances:
        wrong = _what_is_wrong_with_the_role(account, lab, instance)
        if wrong:
            return Failed(
                found=f"{instance['InstanceId']}{wrong}",
                expected="an instance role that EC2 can assume, and that is allowed to register and to pull",
                hint="A connected agent still needs its role, to pull images and to register again after a restart.",
                evidence=(
                    "EvaluationResults[].[EvalActionName, EvalDecision]",
                    "InstanceProfile.Roles[].RoleName",
                ),
            )
    summary = ", ".join(instance["InstanceId"] for instance in instances)
    return Passed(
        f"the roles of {summary} are allowed to register and to pull",
        evidence="InstanceProfile.Roles[].RoleName",
    )


def _what_is_wrong_with_the_role(account: Account, lab: Names, instance: InstanceTypeDef) -> str:
    """The end of a sentence about the instance; empty if its role is right."""
    role = _ec2.role_of(account, instance)
    if role is None:
        return " has no instance profile with a role"
    wrong = (
        iam_roles.why_not_trusted(account, role, iam_roles.EC2)
        or _agent.why_not_register(account, role, lab["cluster"])
        or _agent.why_no_pull(account, role)
    )
    return f": {wrong}" if wrong else ""


def the_closed_group_stays_closed(account: Account, lab: Names) -> Outcome:
    """A registered instance uses the group, which has no inbound rules."""
    name = lab["closed"]
    used = {group for each in _registered(account, lab) for group in _ec2.group_ids(each)}
    groups = [group for group in _ec2.groups_named(account, name) if group["GroupId"] in used]
    if not groups:
        return Failed(
            found=f"no registered instance uses security group {name}",
            expected=f"a registered instance that uses {name}",
            hint="Check the security groups of the registered instances.",
            evidence="SecurityGroups[].[GroupId, GroupName]",
        )
    opened = [summary for group in groups for summary in _inbound(group)]
    if not opened:
        return Passed(
            f"a registered instance uses {name}, which has no inbound rules",
            evidence="SecurityGroups[].IpPermissions",
        )
    return Failed(
        found=f"{name} allows inbound {', '.join(opened)}",
        expected=f"{name} without inbound rules",
        hint="Which side opens the connection, ECS or the agent?",
        evidence="SecurityGroups[].IpPermissions",
    )


def _inbound(group: SecurityGroupTypeDef) -> list[str]:
    """The inbound rules of a group, as phrases."""
    return [f"{_what(rule)} from {', '.join(_from(rule)) or 'no source'}" for rule in group["IpPermissions"]]


def _what(rule: IpPermissionOutputTypeDef) -> str:
    if rule["IpProtocol"] == "-1":
        return "all traffic"
    ports = sorted({rule[end] for end in ("FromPort", "ToPort") if end in rule})
    return f"{rule['IpProtocol']} {'-'.join(map(str, ports))}".strip()


def _from(rule: IpPermissionOutputTypeDef) -> Iterator[str]:
    yield from (each["CidrIp"] for each in rule.get("IpRanges", []))
    yield from (each["CidrIpv6"] for each in rule.get("Ipv6Ranges", []))
    yield from (each["GroupId"] for each in rule.get("UserIdGroupPairs", []))
    yield from (each["PrefixListId"] for each in rule.get("PrefixListIds", []))


def _registered(account: Account, lab: Names) -> list[InstanceTypeDef]:
    """The running EC2 instances behind the cluster's ACTIVE container instances: at least one."""
    registered = _ecs.active_instances(account, lab["cluster"])
    running = _ec2.running(account, [each["ec2InstanceId"] for each in registered])
    if not running:
        raise CannotTell(f"the container instances of {lab['cluster']} were terminated during the check")
    return running


READS = (
    *_ec2.INSTANCE_READS,
    *_ec2.IMAGE_READS,
    *_ec2.GROUP_READS,
    *_agent.ROLE_READS,
    *_agent.PULL_READS,
    *_agent.REGISTERED_READS,
    "ecs:ListServices",
)
LEFTOVERS = (
    _leftovers.of(
        *_leftovers.CLUSTER,
        *_leftovers.HOSTS,
        "groups named",
        cluster=["{cluster}"],
        instances_named=["{a}", "{b}", "{c}"],
        groups_named=["{closed}"],
        role=["{cluster}-host", "{cluster}-server"],
    ),
)
OBJECTIVES = (
    Objective("cause-a", names_its_cause("a", "ami")),
    Objective("cause-b", names_its_cause("b", "iam")),
    Objective("cause-c", names_its_cause("c", "agent")),
    Objective("registered", an_instance_is_registered, effect=True),
    Objective("right-ami", every_instance_runs_an_optimized_image, needs=("registered",)),
    Objective("right-role", every_instance_has_a_role_to_register_and_pull, needs=("registered",)),
    Objective("not-the-group", the_closed_group_stays_closed, needs=("registered",)),
)
