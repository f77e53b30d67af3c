"""IAM roles: their trust policies, and their permissions according to IAM's policy simulation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING

from labs.sdk import (
    Account,
    CannotTell,
    Failed,
    Leftover,
    Leftovers,
    Names,
    Outcome,
    Passed,
    iam,
    near,
    pages,
)
from labs.sdk.least_privilege import Granted
from labs.sdk.simulation import Simulation, Target, times

if TYPE_CHECKING:
    from mypy_boto3_iam.type_defs import RoleTypeDef

ROLE_READS = ("iam:GetRole",)
NEAR_READS = ("iam:ListRoles",)
POLICY_READS = (
    "iam:ListAttachedRolePolicies",
    "iam:GetPolicy",
    "iam:GetPolicyVersion",
    "iam:ListRolePolicies",
    "iam:GetRolePolicy",
)
POLICIES = ("AttachedPolicies[].PolicyArn", "PolicyNames", "Role.PermissionsBoundary")
"""The evidence for an objective about all policies of a role."""
SIMULATION_READS = ("iam:SimulatePrincipalPolicy", *POLICY_READS)

ECS_TASKS = "ecs-tasks.amazonaws.com"
EC2 = "ec2.amazonaws.com"
LAMBDA = "lambda.amazonaws.com"
_SOURCES = {
    ECS_TASKS: ("ecs:{region}:{account}:task/*", "ecs:{region}:{account}:task/labs/" + "0" * 32),
    "ecs.amazonaws.com": ("ecs:{region}:{account}:service/labs/web",),
    EC2: ("ec2:{region}:{account}:instance/i-0",),
    LAMBDA: ("lambda:{region}:{account}:function:labs",),
}
"""The values of aws:SourceArn that each service sends when it assumes a role: the role must trust all of them.

ECS assumes the role of a task twice: with the literal `task/*` when it accepts the task, and later with the task's ARN.
"""
_ALSO_IN_CHINA = {EC2: f"{EC2}.cn"}
"""Additional service principals in the partition aws-cn."""
_NEVER_SENT: Mapping[str, tuple[str, ...]] = {"sts:ExternalId": (), "aws:MultiFactorAuthPresent": ()}
"""Context keys that no service sends when it assumes a role: a trust policy that requires them trusts no service."""


def role_or_none(account: Account, name: str) -> RoleTypeDef | None:
    """The role with this name or exactly this ARN, with its trust policy; None if there is none."""
    try:
        role = account.iam.get_role(RoleName=name.rpartition("/")[2])["Role"]
    except account.iam.exceptions.NoSuchEntityException:
        return None
    return role if name in (role["RoleName"], role["Arn"]) else None


def the_role(account: Account, name: str) -> RoleTypeDef:
    """The role of this name or ARN. Raises CannotTell where it is gone: a needed objective has found it."""
    role = role_or_none(account, name)
    if role is None:
        raise CannotTell(f"role {name} was deleted during the check")
    return role


def role_leftovers(parameters: Iterable[str]) -> Leftovers:
    """A finder of roles by the lab's parameters, with their attached and inline policies: `role_leftovers(["role"])`.

    IAM deletes a role only if it has no policies. Customer managed policies are detached and kept.
    """
    chosen = tuple(parameters)

    def left(account: Account, lab: Names, seen: Sequence[str]) -> Iterator[Leftover]:  # noqa: ARG001 - the signature of Leftovers
        for name in (lab[parameter] for parameter in chosen):
            if role_or_none(account, name):
                for each in pages(
                    account.iam, "list_attached_role_policies", "AttachedPolicies", RoleName=name
                ):
                    yield Leftover("attached policy", each["PolicyArn"], each["PolicyName"], name)
                for policy in pages(account.iam, "list_role_policies", "PolicyNames", RoleName=name):
                    yield Leftover("inline policy", policy, within=name)
                yield Leftover("role", name)

    return Leftovers(left, (*ROLE_READS, "iam:ListAttachedRolePolicies", "iam:ListRolePolicies"))


def near_roles(account: Account, wanted: str) -> tuple[str, ...]:
    """Names of roles similar to the wanted one. Roles belong to no Region."""
    pages = account.iam.get_paginator("list_roles").paginate()
    return near(wanted, [role["RoleName"] for page in pages for role in page["Roles"]])


def trusts(account: Account, role: RoleTypeDef, service: str) -> bool:
    """Whether a service can assume the role, for this account in this Region."""
    return not why_not_trusted(account, role, service)


def why_not_trusted(account: Account, role: RoleTypeDef, service: str) -> str:
    """The reason why a service cannot assume the role, as a phrase; empty if it can."""
    policy = iam.Policy.parse(role["AssumeRolePolicyDocument"])
    partition = role["Arn"].split(":")[1]
    names = [
        service,
        *([_ALSO_IN_CHINA[service]] if partition == "aws-cn" and service in _ALSO_IN_CHINA else []),
    ]
    sources = [
        f"arn:{partition}:{source.format(region=account.region, account=account.id)}"
        for source in _SOURCES.get(service, ())
    ]
    try:
        if any(all(_trusts(account, policy, name, source) for source in sources or [""]) for name in names):
            return ""
    except iam.Undecidable as error:
        raise CannotTell(
            f"cannot evaluate the trust policy of {role['RoleName']} for {service}: {error}"
        ) from error
    wrong = f"{service} cannot assume {role['RoleName']}"
    named = _named_principals(role)
    if service in named:
        return f"{wrong}: a condition or a deny in the trust policy excludes it"
    return f"{wrong}: the trust policy names {', '.join(named) or 'no principal'}"


def _named_principals(role: RoleTypeDef) -> list[str]:
    """The principals that the trust policy of a role names, in any statement."""
    policy = iam.Policy.parse(role["AssumeRolePolicyDocument"])
    blocks = [block.principals for block in policy.statements if block.principals]
    return sorted({name for principals in blocks for _, name in principals.listed})


def _trusts(account: Account, policy: iam.Policy, service: str, source: str) -> bool:
    sent = {"aws:SourceAccount": account.id, "aws:SourceArn": source} if source else {}
    context = {**sent, **times(account), **_NEVER_SENT}
    return iam.trusts(policy, service, context)


def trust_outcome(account: Account, role: RoleTypeDef, service: str) -> Outcome:
    """The service can assume the role; else the principals that the trust policy names."""
    wrong = why_not_trusted(account, role, service)
    if not wrong:
        return Passed(f"{service} can assume {role['RoleName']}", evidence="Role.AssumeRolePolicyDocument")
    return Failed(
        found=wrong,
        expected=f"a trust policy that allows {service} to assume {role['RoleName']}",
        hint="Check the conditions and the deny statements of the trust policy."
        if service in _named_principals(role)
        else "Which service assumes this role?",
        evidence="Role.AssumeRolePolicyDocument",
    )


def may(
    account: Account,
    role: RoleTypeDef,
    actions: Iterable[str],
    resource: str | Target = "*",
    context: Mapping[str, str] | None = None,
) -> list[str]:
    """The actions that the role is NOT allowed to call on the resource, according to IAM's policy simulation.

    The simulation includes identity-based policies and the permissions boundary, and the policy and tags of a `Target`.
    Raises CannotTell if the result depends on the organization or on an unknown context key. List all of
    SIMULATION_READS in READS: policies with conditions are also read and evaluated.
    """
    target = resource if isinstance(resource, Target) else Target(resource)
    simulation = Simulation(account, role, target, context or {}, cache(lambda: policies_of(account, role)))
    return simulation.denied(list(actions))


def forbidden(account: Account, role: RoleTypeDef, actions: Iterable[str], target: Target) -> list[str]:
    """The actions that the target's own policy denies the role, regardless of the role's policies."""
    simulation = Simulation(account, role, target, {}, cache(lambda: policies_of(account, role)))
    return [action for action in actions if simulation.denied_by_the_resource(action)]


def policies_of(account: Account, role: RoleTypeDef) -> Granted:
    """All policies of a role, for objectives such as "allowed to do this and nothing else"."""
    limit = role.get("PermissionsBoundary")
    boundary = (_managed(account, limit["PermissionsBoundaryArn"]),) if limit else None
    name = role["RoleName"]
    tags = {tag["Key"]: tag["Value"] for tag in role.get("Tags", [])}
    return Granted(role["Arn"], (*_attached(account, name), *_inline(account, name)), boundary, tags)


def _attached(account: Account, role: str) -> Iterator[iam.Policy]:
    pages = account.iam.get_paginator("list_attached_role_policies").paginate(RoleName=role)
    for page in pages:
        for attached in page["AttachedPolicies"]:
            yield _managed(account, attached["PolicyArn"])


def _managed(account: Account, arn: str) -> iam.Policy:
    version = account.iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    answer = account.iam.get_policy_version(PolicyArn=arn, VersionId=version)
    return iam.Policy.parse(answer["PolicyVersion"]["Document"], name=arn.rpartition("/")[2])


def _inline(account: Account, role: str) -> Iterator[iam.Policy]:
    pages = account.iam.get_paginator("list_role_policies").paginate(RoleName=role)
    for page in pages:
        for name in page["PolicyNames"]:
            document = account.iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
            yield iam.Policy.parse(document, name=name)
