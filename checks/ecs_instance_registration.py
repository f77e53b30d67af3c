"""Find out why three instances do not register, and get one into the cluster; the closed group is not why."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from labs.sdk import Account, CannotTell, Check, Failed, Names, Objective, Outcome, Passed

from . import _agent, _ec2, _ecs, _iam, _leftovers

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import InstanceTypeDef, IpPermissionOutputTypeDef, SecurityGroupTypeDef

CAUSES = ("ami", "iam", "agent")


def names_its_cause(parameter: str, cause: str) -> Check:
    """The tag on an instance names what keeps it from registering."""

    def check(account: Account, lab: Names) -> Outcome:
        name, key = lab[parameter], lab["tag"]
        found = _ec2.named(account, name, _ec2.STANDING)
        if not found:
            return Failed(
                found=f"no instance with the tag Name={name} in {account.region}",
                expected=f"instance {name} with a tag {key}",
                hint="Was the lab started, and do all three patients still stand?",
                near=account.nearby(name, _ec2.names_of_all),
            )
        values = {each["InstanceId"]: _ec2.tag(each, key) for each in found}
        tagged = {instance: value for instance, value in values.items() if value}
        summary = ", ".join(f"{name} ({instance}) has {key}={value}" for instance, value in tagged.items())
        if tagged and all(value.strip().lower() == cause for value in tagged.values()):
            return Passed(summary, evidence="Reservations[].Instances[].Tags")
        return Failed(
            found=summary or f"{name} ({', '.join(values)}) has no tag {key}",
            expected=f"the one of {', '.join(CAUSES)} that keeps {name} from registering",
            hint="What does this instance lack that the other two have? Compare image, role and user data.",
            evidence="Reservations[].Instances[].Tags",
        )

    return check


def an_instance_is_registered(account: Account, lab: Names) -> Outcome:
    """An ACTIVE container instance with a connected agent is in the cluster."""
    cluster = lab["cluster"]
    there = _ecs.cluster_is_active(account, cluster)
    if isinstance(there, Failed):
        return there
    ids = [each["ec2InstanceId"] for each in _ecs.connected_instances(account, cluster)]
    if ids:
        return Passed(
            f"{', '.join(ids)} in {cluster}", evidence="containerInstances[].[ec2InstanceId, agentConnected]"
        )
    return Failed(
        found=f"no connected container instance in {cluster}",
        expected=f"one at least, ACTIVE, in {cluster}",
        hint="Which of the three can be helped while it runs, and which of them needs a successor?",
    )


def every_one_runs_an_optimized_image(account: Account, lab: Names) -> Outcome:
    """Every registered instance runs an ECS-optimized image."""
    outcomes = [_agent.runs_optimized_image(account, each) for each in _registered(account, lab)]
    return next((each for each in outcomes if isinstance(each, Failed)), outcomes[0])


def every_one_has_a_role_to_register_and_pull(account: Account, lab: Names) -> Outcome:
    """Every registered instance has a role with which EC2 lets it register with ECS and pull from ECR."""
    instances = _registered(account, lab)
    for instance in instances:
        wrong = _what_is_wrong_with_the_role(account, lab, instance)
        if wrong:
            return Failed(
                found=f"{instance['InstanceId']}: {wrong}",
                expected="an instance role that EC2 may assume, and that may register and pull from ECR",
                hint="An agent that is connected still needs its role: for each image, and after each restart.",
                evidence=(
                    "EvaluationResults[].[EvalActionName, EvalDecision]",
                    "InstanceProfile.Roles[].RoleName",
                ),
            )
    summary = ", ".join(instance["InstanceId"] for instance in instances)
    return Passed(f"{summary} may register and pull", evidence="InstanceProfile.Roles[].RoleName")


def _what_is_wrong_with_the_role(account: Account, lab: Names, instance: InstanceTypeDef) -> str:
    role = _ec2.role_of(account, instance)
    if role is None:
        return "no instance profile that holds a role"
    return (
        _iam.why_not_trusted(account, role, _agent.EC2)
        or _agent.why_not_register(account, role, lab["cluster"])
        or _agent.why_no_pull(account, role)
    )


def the_closed_group_stays_closed(account: Account, lab: Names) -> Outcome:
    """The group is on a registered instance, and still has no inbound rule."""
    name = lab["closed"]
    worn = {group for each in _registered(account, lab) for group in _ec2.group_ids(each)}
    groups = [group for group in _ec2.groups_named(account, name) if group["GroupId"] in worn]
    if not groups:
        return Failed(
            found=f"no registered instance is in security group {name}",
            expected=f"{name} on a registered instance",
            hint="If the group were to blame, could an instance register from inside of it?",
            evidence="SecurityGroups[].[GroupId, GroupName]",
        )
    opened = [summary for group in groups for summary in _inbound(group)]
    if not opened:
        return Passed(
            f"{name} is on a registered instance, without an inbound rule",
            evidence="SecurityGroups[].IpPermissions",
        )
    return Failed(
        found=f"{name} lets in {', '.join(opened)}",
        expected=f"{name} without any inbound rule",
        hint="Who opens the connection between agent and ECS: ECS, or the agent?",
        evidence="SecurityGroups[].IpPermissions",
    )


def _inbound(group: SecurityGroupTypeDef) -> list[str]:
    """The inbound rules of a group, as people say them."""
    return [f"{_what(rule)} from {', '.join(_from(rule)) or 'nobody'}" for rule in group["IpPermissions"]]


def _what(rule: IpPermissionOutputTypeDef) -> str:
    if rule["IpProtocol"] == "-1":
        return "everything"
    ports = sorted({rule[end] for end in ("FromPort", "ToPort") if end in rule})
    return f"{rule['IpProtocol']} {'-'.join(map(str, ports))}".strip()


def _from(rule: IpPermissionOutputTypeDef) -> Iterator[str]:
    yield from (each["CidrIp"] for each in rule.get("IpRanges", []))
    yield from (each["CidrIpv6"] for each in rule.get("Ipv6Ranges", []))
    yield from (each["GroupId"] for each in rule.get("UserIdGroupPairs", []))
    yield from (each["PrefixListId"] for each in rule.get("PrefixListIds", []))


def _registered(account: Account, lab: Names) -> list[InstanceTypeDef]:
    """The EC2 instances behind the cluster's ACTIVE container instances: one at least."""
    registered = _ecs.active_instances(account, lab["cluster"])
    if not registered:
        raise CannotTell(f"the instances of {lab['cluster']} have gone while they were looked at")
    return _ec2.by_id(account, [each["ec2InstanceId"] for each in registered])


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
    _leftovers.instance("a", "b", "c"),
    _leftovers.cluster(instances=False),
    _leftovers.security_group("closed"),
)
OBJECTIVES = (
    Objective("cause-a", names_its_cause("a", "ami")),
    Objective("cause-b", names_its_cause("b", "iam")),
    Objective("cause-c", names_its_cause("c", "agent")),
    Objective("registered", an_instance_is_registered, effect=True),
    Objective("right-ami", every_one_runs_an_optimized_image, needs=("registered",)),
    Objective("right-role", every_one_has_a_role_to_register_and_pull, needs=("registered",)),
    Objective("not-the-group", the_closed_group_stays_closed, needs=("registered",)),
)
