"""Typed readers of IAM that several labs share: roles, whom they trust, what they may do, and how far they reach."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from labs.sdk import Account, CannotTell, Failed, Outcome, Passed, iam, near

from ._least_privilege import Granted

if TYPE_CHECKING:
    from mypy_boto3_iam.type_defs import ContextEntryTypeDef, EvaluationResultTypeDef, RoleTypeDef

ROLE_READS = ("iam:GetRole",)
NEAR_READS = ("iam:ListRoles",)
SIMULATION_READS = ("iam:SimulatePrincipalPolicy",)
POLICY_READS = (
    "iam:ListAttachedRolePolicies",
    "iam:GetPolicy",
    "iam:GetPolicyVersion",
    "iam:ListRolePolicies",
    "iam:GetRolePolicy",
)

ECS_TASKS = "ecs-tasks.amazonaws.com"
_SOURCES = {
    ECS_TASKS: "ecs:{region}:{account}:task/labs/0",
    "ecs.amazonaws.com": "ecs:{region}:{account}:service/labs/web",
    "ec2.amazonaws.com": "ec2:{region}:{account}:instance/i-0",
}
"""The aws:SourceArn that each service sends when it assumes a role."""
_NEVER_SENT: Mapping[str, tuple[str, ...]] = {"sts:ExternalId": (), "aws:MultiFactorAuthPresent": ()}
"""Context keys that no service sends when it assumes a role: a trust that demands them trusts no service."""

_SOURCE_KEYS = frozenset({"aws:sourcevpc", "aws:sourcevpce", "aws:sourceip", "aws:vpcsourceip"})


def role_or_none(account: Account, name: str) -> RoleTypeDef | None:
    """The role of this name, with its trust policy; of an ARN, the role that has exactly this one."""
    try:
        role = account.iam.get_role(RoleName=name.rpartition("/")[2])["Role"]
    except account.iam.exceptions.NoSuchEntityException:
        return None
    return role if name in (role["RoleName"], role["Arn"]) else None


def the_role(account: Account, name: str) -> RoleTypeDef:
    """The role of this name or ARN, for objectives that need the one that asked for it."""
    role = role_or_none(account, name)
    if role is None:
        raise CannotTell(f"role {name} has gone while it was looked at")
    return role


def near_roles(account: Account, wanted: str) -> tuple[str, ...]:
    """Roles that the learner may have meant; roles have no region."""
    pages = account.iam.get_paginator("list_roles").paginate()
    return near(wanted, [role["RoleName"] for page in pages for role in page["Roles"]])


def trusts(account: Account, role: RoleTypeDef, service: str) -> bool:
    """Whether a service may assume the role, on behalf of this account in this region."""
    return not why_not_trusted(account, role, service)


def why_not_trusted(account: Account, role: RoleTypeDef, service: str) -> str:
    """The reason why a service cannot assume the role, as a phrase; empty if it can."""
    policy = iam.Policy.parse(role["AssumeRolePolicyDocument"])
    source = _SOURCES[service].format(region=account.region, account=account.id)
    context = {
        "aws:SourceAccount": account.id,
        "aws:SourceArn": f"arn:{role['Arn'].split(':')[1]}:{source}",
        **_NEVER_SENT,
    }
    try:
        if iam.trusts(policy, service, context):
            return ""
    except iam.Undecidable as error:
        raise CannotTell(f"whether {role['RoleName']} trusts {service} cannot be told: {error}") from error
    named = sorted(
        {name for block in policy.statements if block.principals for _, name in block.principals.listed}
    )
    held_back = ", which its conditions or denials hold back" if service in named else ""
    summary = f"{', '.join(named) or 'nobody'}{held_back}"
    return f"{role['RoleName']} does not let {service} assume it; its trust policy names {summary}"


def trust_outcome(account: Account, role: RoleTypeDef, service: str) -> Outcome:
    """The role trusts the service; else whom its trust policy names."""
    wrong = why_not_trusted(account, role, service)
    if not wrong:
        return Passed(f"{role['RoleName']} trusts {service}", evidence="Role.AssumeRolePolicyDocument")
    return Failed(
        found=wrong,
        expected=f"a trust policy that lets {service} assume {role['RoleName']}",
        hint="Who puts the role on: which service asks for its credentials?",
        evidence="Role.AssumeRolePolicyDocument",
    )


def may(
    account: Account,
    role_arn: str,
    actions: Iterable[str],
    resource: str = "*",
    context: Mapping[str, str] | None = None,
) -> list[str]:
    """Those of these actions that the role may NOT take on the resource, by IAM's own simulation.

    Identity policies, the permissions boundary and service control policies count; a resource's policy does not.
    """
    wanted = list(actions)
    pages = account.iam.get_paginator("simulate_principal_policy").paginate(
        PolicySourceArn=role_arn,
        ActionNames=wanted,
        ResourceArns=[resource],
        ContextEntries=_entries({**_usual_context(account, role_arn), **(context or {})}),
    )
    results = [result for page in pages for result in page["EvaluationResults"]]
    denied = [result for result in results if result["EvalDecision"] != "allowed"]
    unanswered = set(wanted) - {result["EvalActionName"] for result in results}
    if unanswered and not denied:
        raise CannotTell(f"IAM did not say whether {role_arn} may call {', '.join(sorted(unanswered))}")
    for result in denied:
        _refuse_to_guess(result, role_arn)
    return [result["EvalActionName"] for result in denied]


def _refuse_to_guess(result: EvaluationResultTypeDef, role_arn: str) -> None:
    """Raises CannotTell for a denial under a policy that asks where the call comes from, which nobody here knows."""
    specific = result.get("ResourceSpecificResults", [])
    missing = {key for each in (result, *specific) for key in each.get("MissingContextValues", [])}
    asked = sorted(key for key in missing if key.lower() in _SOURCE_KEYS)
    if asked:
        action = result["EvalActionName"]
        raise CannotTell(f"whether {role_arn} may call {action} hangs on {', '.join(asked)} of the call")


def _usual_context(account: Account, role_arn: str) -> dict[str, str]:
    """The context keys of every request that a role of this account makes in this region."""
    return {
        "aws:RequestedRegion": account.region,
        "aws:PrincipalAccount": account.id,
        "aws:PrincipalArn": role_arn,
        "aws:ResourceAccount": account.id,
        "aws:SecureTransport": "true",
        "s3:ResourceAccount": account.id,
    }


def _entries(context: Mapping[str, str]) -> list[ContextEntryTypeDef]:
    return [
        {
            "ContextKeyName": key,
            "ContextKeyType": "boolean" if value in ("true", "false") and "Tag/" not in key else "string",
            "ContextKeyValues": [value],
        }
        for key, value in context.items()
    ]


def policies_of(account: Account, role: RoleTypeDef) -> Granted:
    """Every policy of a role, for questions of the kind "this and nothing else"."""
    limit = role.get("PermissionsBoundary")
    boundary = (_managed(account, limit["PermissionsBoundaryArn"]),) if limit else None
    name = role["RoleName"]
    return Granted(role["Arn"], (*_attached(account, name), *_inline(account, name)), boundary)


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
