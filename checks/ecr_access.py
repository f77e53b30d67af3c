"""Access to a repository: a role of the account by its policies, a partner by the repository policy."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from labs.sdk import (
    Account,
    CannotTell,
    Failed,
    Names,
    Objective,
    Outcome,
    Passed,
    arn,
    iam,
    iam_roles,
    partition,
)
from labs.sdk.simulation import times

from . import _ecr, _leftovers

PUSH = ("ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:CompleteLayerUpload", "ecr:PutImage")
_CONTENT = ("ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage")
"""The pull actions that return images or layers; the third only checks that a layer is available."""
_NO_REPOSITORY = "arn:*:*:*:*:*:*"
"""ARNs that no repository has: a name holds no colon."""
_DECISIONS = "EvaluationResults[].[EvalActionName, EvalResourceName, EvalDecision]"


def repository_exists(account: Account, lab: Names) -> Outcome:
    """The repository exists."""
    return _ecr.repository_exists(account, lab["repository"])


def role_trusts_ec2(account: Account, lab: Names) -> Outcome:
    """The role exists and EC2 can assume it."""
    role = iam_roles.role_or_none(account, lab["role"])
    if role:
        return iam_roles.trust_outcome(account, role, iam_roles.EC2)
    return Failed(
        found=f"no role {lab['role']}",
        expected=f"role {lab['role']}, which {iam_roles.EC2} can assume",
        hint="Check the name of the role.",
        near=iam_roles.near_roles(account, lab["role"]),
    )


def role_may_log_in(account: Account, lab: Names) -> Outcome:
    """The role is allowed to get an authorization token."""
    role = iam_roles.the_role(account, lab["role"])
    if not iam_roles.may(account, role, [_ecr.LOGIN], _ecr.REGISTRY):
        return Passed(f"{role['RoleName']} is allowed to call {_ecr.LOGIN}", evidence=_DECISIONS)
    return Failed(
        found=f"{role['RoleName']} is not allowed to call {_ecr.LOGIN} on *",
        expected=f"{_ecr.LOGIN} allowed on *",
        hint="A token is valid for the whole registry: check the Resource element, and look for a deny or a boundary.",
        evidence=_DECISIONS,
    )


def role_may_pull(account: Account, lab: Names) -> Outcome:
    """The role is allowed all three pull actions on the repository, and no policy denies them."""
    role = iam_roles.the_role(account, lab["role"])
    target = _ecr.target(account, _ecr.the_repository(account, lab["repository"])["repositoryArn"])
    denied = iam_roles.may(account, role, _ecr.PULL, target)
    if not denied:
        return Passed(f"{role['RoleName']} is allowed to pull from {lab['repository']}", evidence=_DECISIONS)
    by_registry = not iam_roles.may(account, role, denied, replace(target, policy=None))
    by = ": the repository policy or the registry policy denies it" if by_registry else ""
    return Failed(
        found=f"{role['RoleName']} is not allowed to call {', '.join(denied)} on {lab['repository']}{by}",
        expected="all three pull actions allowed, and none of them denied",
        hint="Look for a deny in the repository policy and in the registry policy."
        if by_registry
        else "Check which policies are attached to the role, and look for a deny or a permissions boundary.",
        evidence=_DECISIONS,
    )


def role_may_not_push(account: Account, lab: Names) -> Outcome:
    """The role is allowed no push action on the repository, neither by its policies nor by those of the repository."""
    role = iam_roles.the_role(account, lab["role"])
    arn = _ecr.the_repository(account, lab["repository"])["repositoryArn"]
    expected = f"no push action allowed on {lab['repository']}"
    granted = iam_roles.policies_of(account, role)
    policy = _ecr.policy_of(account, lab["repository"])
    actions: tuple[str, ...] = PUSH
    if policy and granted.beyond(iam.Scope(PUSH, (arn,))):
        forbidden = iam_roles.forbidden(account, role, PUSH, _ecr.target(account, arn))
        actions = tuple(action for action in PUSH if action not in forbidden)
    if push := granted.beyond(iam.Scope(actions, (arn,))):
        return Failed(
            found=granted.reach_text(push),
            expected=expected,
            hint="Compare the actions of this statement with the three pull actions.",
        )
    if policy and iam.admits(policy, arn, within=PUSH, context=_ENCRYPTED):
        denied = iam_roles.may(account, role, PUSH, _ecr.target(account, arn))
        if allowed := [action for action in PUSH if action not in denied]:
            return Failed(
                found=f"the repository policy or the registry policy allows {role['RoleName']} to call "
                + ", ".join(allowed),
                expected=expected,
                hint="Within an account, an allow in the policy of the repository is enough.",
                evidence="policyText",
            )
    return Passed(
        f"{role['RoleName']} is not allowed to push to {lab['repository']}", evidence=iam_roles.POLICIES
    )


def role_may_pull_from_no_other(account: Account, lab: Names) -> Outcome:
    """The role can get neither images nor layers of any other repository."""
    role = iam_roles.the_role(account, lab["role"])
    mine = arn(account, "ecr", f"repository/{lab['repository']}")
    granted = iam_roles.policies_of(account, role)
    everywhere = iam.Scope(_CONTENT, (f"arn:{partition(account)}:ecr:?*:?*:repository/?*",))
    other = granted.beyond(everywhere, iam.Scope(("*",), (mine, _NO_REPOSITORY)))
    if other is None:
        return Passed(
            f"{role['RoleName']} is allowed to pull only from {lab['repository']}",
            evidence=iam_roles.POLICIES,
        )
    return Failed(
        found=f"{granted.reach_text(other)}, which also matches {_place(other, mine)}",
        expected=f"pull allowed only from {lab['repository']} in {account.region}",
        hint=f"Compare this resource with the ARN of {lab['repository']}, part by part.",
    )


def _place(reach: iam.Reach, mine: str) -> str:
    """Another repository; of the same name, the part of its ARN that differs."""
    region, owner, name = reach.resource.split(":", 5)[3:]
    my_region, my_owner, my_name = mine.split(":", 5)[3:]
    if name != my_name:
        return name
    if region != my_region:
        return f"{name} in another Region"
    return f"{name} in another account" if owner != my_owner else name


def partner_may_pull(account: Account, lab: Names) -> Outcome:
    """The repository policy allows the partner all three pull actions, and the registry policy denies none."""
    repository, partner = lab["repository"], lab["partner"]
    own = _ecr.own_policy(account, repository)
    if own is None:
        return _no_policy(lab)
    whole = _ecr.together(own, _ecr.registry_policy(account)) or own
    arn = _ecr.the_repository(account, repository)["repositoryArn"]
    denied = [action for action in _ecr.PULL if not _lets_all_of(account, own, partner, action, arn)]
    forbidden = [action for action in _ecr.PULL if not _lets_all_of(account, whole, partner, action, arn)]
    if not denied and not forbidden:
        return Passed(f"the repository policy allows account {partner} to pull", evidence="policyText")
    return Failed(
        found=f"the repository policy does not allow account {partner} as a whole to call {', '.join(denied)}"
        if denied
        else f"the registry policy denies {', '.join(forbidden)} to account {partner}",
        expected=f"all three pull actions allowed to account {partner}",
        hint="Check the account ID in Principal, the list of actions, and every deny statement."
        if denied
        else "Look for a deny statement in the registry policy.",
        evidence="policyText",
    )


def partner_may_do_nothing_else(account: Account, lab: Names) -> Outcome:
    """The policies of repository and registry allow other accounts nothing, and the partner only to pull."""
    repository, partner = lab["repository"], lab["partner"]
    own, registry = _ecr.own_policy(account, repository), _ecr.registry_policy(account)
    arn = _ecr.the_repository(account, repository)["repositoryArn"]
    actions = _ecr.actions(account)
    if own is None or iam.admits(own, arn, within=actions, context=_ENCRYPTED) is None:
        return _no_policy(lab)
    # A token is valid for the registry: a repository policy has no effect on it.
    guests = {partner: (*_ecr.PULL, _ecr.LOGIN)}
    about_images = [action for action in actions if action not in _ecr.REPLICATION]
    for name, policy, within in (
        ("repository", own, actions),
        ("registry", registry, about_images),
    ):
        more = policy and iam.admits(policy, arn, guests=guests, within=within, context=_ENCRYPTED)
        if policy and more:
            return _lets_in_more(lab, name, policy, more)
    return Passed(
        f"the repository policy allows only account {partner}, and only to pull", evidence="policyText"
    )


def _lets_in_more(lab: Names, name: str, policy: iam.Policy, more: iam.Reach) -> Failed:
    return Failed(
        found=f"the {name} policy allows {_who(policy, more)} to call {more.action}"
        + ("" if more.certain else ", under a condition"),
        expected=f"only account {lab['partner']}, and only to pull",
        hint="Check which principals each statement matches, and which actions it allows them.",
        evidence="policyText",
    )


def _no_policy(lab: Names) -> Failed:
    return Failed(
        found=f"{lab['repository']} has no repository policy that allows access",
        expected=f"a repository policy that allows account {lab['partner']} to pull",
        hint="Cross-account access needs a policy on the repository itself.",
        evidence="policyText",
    )


def _lets_all_of(account: Account, policy: iam.Policy, partner: str, action: str, arn: str) -> bool:
    """Whether the policy allows the account as a whole: its roles as well as its users."""
    somebody = f"arn:{arn.split(':')[1]}:iam::{partner}"
    context: dict[str, bool | str | tuple[str, ...]] = {**_ENCRYPTED, **_NO_SERVICE, **times(account)}
    try:
        return all(
            iam.lets(policy, f"{somebody}:{name}", action, arn, context=context) for name in _PRINCIPALS
        )
    except iam.Undecidable as error:
        raise CannotTell(
            f"cannot evaluate whether the repository policy allows {partner} to call {action}: {error}"
        ) from error


def _who(policy: iam.Policy, reach: iam.Reach) -> str:
    named = {name for block in policy.statements if block.principals for _, name in block.principals.listed}
    return (
        str(reach.principal)
        if reach.principal in named
        else f"other accounts, for example {reach.principal},"
    )


_ENCRYPTED = {"aws:SecureTransport": True}
"""ECR can be reached by TLS only."""
_NO_SERVICE: Mapping[str, tuple[str, ...]] = {"aws:SourceAccount": (), "aws:SourceArn": ()}
"""Context keys that only a service sends, when it acts for a caller."""
_PRINCIPALS = ("role/example", "user/example")
"""Examples of all principals of an account, where a condition or NotPrincipal asks for the ARN of the caller."""

READS = (
    *_ecr.REPOSITORY_READS,
    *_ecr.TARGET_READS,
    *iam_roles.ROLE_READS,
    *iam_roles.NEAR_READS,
    *iam_roles.SIMULATION_READS,
)
LEFTOVERS = (
    _leftovers.of(
        "repositories like",
        "repository",
        *_leftovers.ROLES,
        repository=["{repository}"],
        repositories_like=["{repository}"],
        role=["{role}"],
    ),
)
OBJECTIVES = (
    Objective("repository", repository_exists),
    Objective("trust", role_trusts_ec2),
    Objective("login", role_may_log_in, needs=("trust",)),
    Objective("pull", role_may_pull, needs=("repository", "trust")),
    Objective("no-push", role_may_not_push, needs=("repository", "trust")),
    Objective("no-other", role_may_pull_from_no_other, needs=("repository", "trust")),
    Objective("partner-pull", partner_may_pull, needs=("repository",)),
    Objective("partner-only", partner_may_do_nothing_else, needs=("repository",)),
)
