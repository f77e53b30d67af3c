"""Who may pull from a repository: a role of the account by its policies, a partner by the repository's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from labs.sdk import Account, CannotTell, Failed, Names, Objective, Outcome, Passed, iam

from . import _ecr, _iam, _leftovers

if TYPE_CHECKING:
    from mypy_boto3_iam.type_defs import RoleTypeDef

PUSH = ("ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:CompleteLayerUpload", "ecr:PutImage")
_CONTENT = ("ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage")
"""The actions of a pull that hand out an image; the third only says whether a layer is there."""
_DECISIONS = "EvaluationResults[].[EvalActionName, EvalResourceName, EvalDecision]"


def repository_exists(account: Account, lab: Names) -> Outcome:
    """The repository exists."""
    return _ecr.repository_exists(account, lab["repository"])


def role_trusts_ec2(account: Account, lab: Names) -> Outcome:
    """The role exists and EC2 may assume it."""
    role = _iam.role_or_none(account, lab["role"])
    if role:
        return _iam.trust_outcome(account, role, _iam.EC2)
    return Failed(
        found=f"no role {lab['role']}",
        expected=f"role {lab['role']}, which {_iam.EC2} may assume",
        hint="Is it there under exactly this name?",
        near=_iam.near_roles(account, lab["role"]),
    )


def role_may_log_in(account: Account, lab: Names) -> Outcome:
    """The role may get an authorization token."""
    role = _iam.the_role(account, lab["role"])
    if not _iam.may(account, role, [_ecr.LOGIN]):
        return Passed(f"{role['RoleName']} may call {_ecr.LOGIN}", evidence=_DECISIONS)
    return Failed(
        found=f"{role['RoleName']} may not call {_ecr.LOGIN} on *",
        expected=f"{_ecr.LOGIN} on *",
        hint="Is a token good for one repository or for the whole registry, and what does the policy name then?",
        evidence=_DECISIONS,
    )


def role_may_pull(account: Account, lab: Names) -> Outcome:
    """The role may take all three actions of a pull on the repository, and the registry does not forbid it."""
    role = _iam.the_role(account, lab["role"])
    arn = _ecr.the_repository(account, lab["repository"])["repositoryArn"]
    denied = _iam.may(account, role, _ecr.PULL, _ecr.target(account, arn))
    if not denied:
        return Passed(f"{role['RoleName']} may pull from {lab['repository']}", evidence=_DECISIONS)
    by = _by(account, role, denied, arn)
    return Failed(
        found=f"{role['RoleName']} may not call {', '.join(denied)} on {lab['repository']}{by}",
        expected="all three actions of a pull, allowed and nowhere denied",
        hint="Which policies does the role really have, and does one of them take away what another gives?",
        evidence=_DECISIONS,
    )


def _by(account: Account, role: RoleTypeDef, denied: list[str], arn: str) -> str:
    """Who denies what the role's own policies allow, as the end of a sentence."""
    if _iam.may(account, role, denied, arn):
        return ""
    return ", because the repository policy or the registry's denies it"


def role_may_not_push(account: Account, lab: Names) -> Outcome:
    """The role may take no action of a push on the repository."""
    role = _iam.the_role(account, lab["role"])
    arn = _ecr.the_repository(account, lab["repository"])["repositoryArn"]
    granted = _iam.policies_of(account, role)
    push = granted.beyond(iam.Scope(PUSH, (arn,)))
    if push is None:
        return Passed(f"{role['RoleName']} may not push to {lab['repository']}", evidence=_iam.POLICIES)
    return Failed(
        found=f"{role['RoleName']} may {granted.reach_text(push)}",
        expected="no right to push",
        hint="Which actions does a host need that only runs images, and which ones come along with a star?",
    )


def role_may_pull_from_no_other(account: Account, lab: Names) -> Outcome:
    """The role can get neither images nor layers of any other repository."""
    role = _iam.the_role(account, lab["role"])
    partition = role["Arn"].split(":")[1]
    mine = f"arn:{partition}:ecr:{account.region}:{account.id}:repository/{lab['repository']}"
    granted = _iam.policies_of(account, role)
    everywhere = iam.Scope(_CONTENT, (f"arn:{partition}:ecr:*:*:repository/?*",))
    other = granted.beyond(everywhere, iam.Scope(("*",), (mine,)))
    if other is None:
        return Passed(f"{role['RoleName']} may pull from {lab['repository']} only", evidence=_iam.POLICIES)
    return Failed(
        found=f"{role['RoleName']} may {granted.reach_text(other)}, for instance {_place(other)}",
        expected=f"{lab['repository']} in {account.region} and no other repository",
        hint="Which names would this resource match besides the one that you mean?",
    )


def _place(reach: iam.Reach) -> str:
    """A repository with its region: the name alone may be the right one."""
    _, _, _, region, _, name = reach.resource.split(":", 5)
    return f"{name} in {region}" if region else name


def partner_may_pull(account: Account, lab: Names) -> Outcome:
    """The repository policy lets the partner's account take all three actions of a pull, and the registry's agrees."""
    repository, partner = lab["repository"], lab["partner"]
    own = _ecr.own_policy(account, repository)
    if own is None:
        return _no_policy(lab)
    whole = _ecr.together(own, _ecr.registry_policy(account)) or own
    arn = _ecr.the_repository(account, repository)["repositoryArn"]
    denied = [action for action in _ecr.PULL if not _lets_all_of(own, partner, action, arn)]
    forbidden = [action for action in _ecr.PULL if not _lets_all_of(whole, partner, action, arn)]
    if not denied and not forbidden:
        return Passed(f"the policy of {repository} lets {partner} pull", evidence="policyText")
    return Failed(
        found=f"the policy of {repository} does not let all of {partner} call {', '.join(denied)}"
        if denied
        else f"the registry's policy denies {', '.join(forbidden)} to {partner}",
        expected=f"{partner} may take all three actions of a pull",
        hint="Which twelve digits does the policy trust, and with which actions?",
        evidence="policyText",
    )


def partner_may_do_nothing_else(account: Account, lab: Names) -> Outcome:
    """The repository policy and the registry's let nobody in but the partner, and the partner only pull."""
    repository, partner = lab["repository"], lab["partner"]
    own, registry = _ecr.own_policy(account, repository), _ecr.registry_policy(account)
    arn = _ecr.the_repository(account, repository)["repositoryArn"]
    actions = _ecr.actions(account)
    if own is None or iam.admits(own, arn, within=actions, context=_ENCRYPTED) is None:
        return _no_policy(lab)
    # A token is of the registry: what a repository's policy says about it is without effect.
    guests = {partner: (*_ecr.PULL, _ecr.LOGIN)}
    about_images = [action for action in actions if action not in _ecr.REPLICATION]
    for name, policy, within in (
        (repository, own, actions),
        ("the registry", registry, about_images),
    ):
        more = policy and iam.admits(policy, arn, guests=guests, within=within, context=_ENCRYPTED)
        if policy and more:
            return _lets_in_more(lab, name, policy, more)
    return Passed(f"the policy of {repository} lets {partner} pull, and nothing else", evidence="policyText")


def _lets_in_more(lab: Names, name: str, policy: iam.Policy, more: iam.Reach) -> Failed:
    return Failed(
        found=f"the policy of {name} lets {_who(policy, more)} call {more.action}"
        + ("" if more.certain else ", under a condition"),
        expected=f"only {lab['partner']}, only to pull",
        hint="Whom does the Principal cover, and which actions does a pull need?",
        evidence="policyText",
    )


def _no_policy(lab: Names) -> Failed:
    return Failed(
        found=f"no repository policy on {lab['repository']} that lets anybody in",
        expected=f"a repository policy that lets account {lab['partner']} pull",
        hint="Who decides whether a stranger may enter: the stranger's own policies alone?",
        evidence="policyText",
    )


def _lets_all_of(policy: iam.Policy, partner: str, action: str, arn: str) -> bool:
    """Whether the policy lets in the account as a whole: its roles as well as its users."""
    partition = arn.split(":")[1]
    try:
        return all(
            iam.lets(
                policy,
                partner,
                action,
                arn,
                context={
                    **_ENCRYPTED,
                    **_NO_SERVICE,
                    "aws:PrincipalArn": f"arn:{partition}:iam::{partner}:{somebody}",
                },
            )
            for somebody in _SOMEBODY
        )
    except iam.Undecidable as error:
        raise CannotTell(
            f"whether the repository policy lets {partner} {action} cannot be told: {error}"
        ) from error


def _who(policy: iam.Policy, reach: iam.Reach) -> str:
    named = {name for block in policy.statements if block.principals for _, name in block.principals.listed}
    return str(reach.principal) if reach.principal in named else f"anybody, such as {reach.principal},"


_ENCRYPTED = {"aws:SecureTransport": True}
"""ECR can be reached by TLS only."""
_NO_SERVICE: Mapping[str, tuple[str, ...]] = {"aws:SourceAccount": (), "aws:SourceArn": ()}
"""Context keys that only a service acting for somebody sends."""
_SOMEBODY = ("role/somebody", "user/somebody")
"""Stand for everybody in an account, where a condition asks for the caller's ARN."""

READS = (
    *_ecr.REPOSITORY_READS,
    *_ecr.TARGET_READS,
    *_iam.ROLE_READS,
    *_iam.NEAR_READS,
    *_iam.SIMULATION_READS,
)
LEFTOVERS = (_leftovers.repository(), _leftovers.role(lambda lab: lab["role"]))
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
