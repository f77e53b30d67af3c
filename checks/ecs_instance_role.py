"""An instance role that allows a container instance to register with ECS and to pull from ECR."""

from __future__ import annotations

import re

from labs.sdk import Account, Check, Failed, Names, Objective, Outcome, Passed, iam_roles

from . import _agent, _ec2, _leftovers
from ._ec2 import Ec2Host

_MANAGED = "AmazonEC2ContainerServiceforEC2Role"
_MANAGED_ARN = re.compile(rf"arn:aws[a-z-]*:iam::aws:policy/service-role/{_MANAGED}")


def instance_is_running(account: Account, lab: Names) -> Outcome:
    """An instance of this name is running."""
    return _ec2.instance_runs(account, lab["instance"])


def profile_holds_a_role(account: Account, host: Ec2Host) -> Outcome:
    """The instance has an instance profile with a role."""
    profile = host.instance.get("IamInstanceProfile")
    if profile is None:
        return _without_a_role(f"{host.id} has no instance profile")
    name = profile["Arn"].rpartition("/")[2]
    role = _ec2.role_in_profile(account, profile["Arn"])
    if role is None:
        return _without_a_role(f"instance profile {name} of {host.id} has no role")
    summary = f"instance profile {name} of {host.id} has role {role['RoleName']}"
    return Passed(summary, evidence="InstanceProfile.Roles[].RoleName")


def _without_a_role(found: str) -> Failed:
    return Failed(
        found=found,
        expected="an instance profile with a role",
        hint="An instance gets its role through an instance profile. Check both.",
        evidence=("InstanceProfile.Roles", "Reservations[].Instances[].IamInstanceProfile"),
    )


def role_trusts_ec2(account: Account, host: Ec2Host) -> Outcome:
    """EC2 can assume the role."""
    return iam_roles.trust_outcome(account, _ec2.the_role_of(account, host.instance), iam_roles.EC2)


def role_may_register_and_pull(account: Account, host: Ec2Host) -> Outcome:
    """The role allows the calls of an agent in the cluster, and pulls from ECR."""
    role = _ec2.the_role_of(account, host.instance)
    wrong = _agent.why_not_register(account, role, host.lab["cluster"]) or _agent.why_no_pull(account, role)
    if not wrong:
        return Passed(
            f"{role['RoleName']} is allowed to register and to pull",
            evidence="EvaluationResults[].EvalDecision",
        )
    return Failed(
        found=wrong,
        expected=f"{role['RoleName']} allowed to register with ECS and to pull from ECR",
        hint="Check the attached policies, and look for a deny or a permissions boundary that limits them.",
        evidence="EvaluationResults[].[EvalActionName, EvalDecision]",
    )


def managed_policy_is_attached(account: Account, host: Ec2Host) -> Outcome:
    """The AWS managed policy for container instances is attached to the role."""
    role = _ec2.the_role_of(account, host.instance)["RoleName"]
    pages = account.iam.get_paginator("list_attached_role_policies").paginate(RoleName=role)
    arns = [policy["PolicyArn"] for page in pages for policy in page["AttachedPolicies"]]
    if any(_MANAGED_ARN.fullmatch(arn) for arn in arns):
        return Passed(f"{_MANAGED} is attached to {role}", evidence="AttachedPolicies[].PolicyArn")
    return Failed(
        found=f"managed policies of {role}: {', '.join(arns) or 'none'}",
        expected=f"the AWS managed policy {_MANAGED}",
        hint="Check which policies are attached. An AWS managed policy has aws in the place of the account ID.",
        evidence="AttachedPolicies[].PolicyArn",
    )


def image_is_ecs_optimized(account: Account, host: Ec2Host) -> Outcome:
    """The instance runs an ECS-optimized AMI."""
    return _agent.runs_optimized_image(account, host.instance)


def host_is_registered(account: Account, host: Ec2Host) -> Outcome:
    """The instance is an ACTIVE container instance of the cluster with a connected agent."""
    return _agent.is_registered(account, host.lab["cluster"], host.instance)


_JUDGES = (
    profile_holds_a_role,
    role_trusts_ec2,
    role_may_register_and_pull,
    managed_policy_is_attached,
    image_is_ecs_optimized,
    host_is_registered,
)


def _host(judge: _ec2.Judge) -> Check:
    return _ec2.for_best_instance(judge, _JUDGES)


READS = (
    *_ec2.INSTANCE_READS,
    *_ec2.IMAGE_READS,
    *_agent.ROLE_READS,
    *_agent.PULL_READS,
    *_agent.REGISTERED_READS,
    "ecs:ListServices",
)
LEFTOVERS = (
    _leftovers.of(
        *_leftovers.CLUSTER,
        *_leftovers.HOSTS,
        cluster=["{cluster}"],
        instances_named=["{instance}"],
        role=["{cluster}-instance"],
    ),
)
OBJECTIVES = (
    Objective("instance", instance_is_running),
    Objective("profile", _host(profile_holds_a_role), needs=("instance",)),
    Objective("trust", _host(role_trusts_ec2), needs=("profile",)),
    Objective("permissions", _host(role_may_register_and_pull), needs=("profile",)),
    Objective("managed-policy", _host(managed_policy_is_attached), needs=("profile",)),
    Objective("ami", _host(image_is_ecs_optimized), needs=("instance",)),
    Objective("registered", _host(host_is_registered), needs=("trust", "permissions", "ami"), effect=True),
)
