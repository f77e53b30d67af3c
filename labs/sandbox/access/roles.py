"""The permissions of roles, evaluated by `labs.iam` from the policies that moto stores."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from labs.iam import AccessRequest, Decision, Malformed, Policy, Undecidable, decide, trusts
from labs.sandbox import hooks
from labs.sandbox.world import clock, delays


@dataclass(frozen=True, slots=True)
class Role:
    """A role with all policies that decide what it may do; `boundary` is None if it has none."""

    account: str
    name: str
    arn: str
    trust: Policy | None
    policies: tuple[Policy, ...]
    boundary: tuple[Policy, ...] | None
    tags: Mapping[str, str] = field(default_factory=dict)

    def trusts(self, service: str, source: str) -> bool:
        """Whether an AWS service (`ec2.amazonaws.com`) can assume the role; False if that cannot be decided.

        `source` is the ARN of the resource that the service acts for (aws:SourceArn).
        """
        if self.trust is None:
            return False
        try:
            return trusts(self.trust, service, {"aws:SourceAccount": self.account, "aws:SourceArn": source})
        except Undecidable:
            return False

    def may(self, action: str, resource: str = "*", *, own: Policy | None = None, **context: str) -> bool:
        """Whether the role is allowed an action; False if that cannot be decided. `own` is the resource's policy.

        Context keys are keyword arguments, with an underscore for the colon: `aws_RequestedRegion="eu-west-1"`.
        """
        keys = {f"aws:PrincipalTag/{name}": value for name, value in self.tags.items()}
        keys |= {name.replace("_", ":", 1): value for name, value in context.items()}
        request = AccessRequest(action, resource, self.arn, keys)
        try:
            answer = decide(request, self.policies, boundary=self.boundary, resource_policy=own)
        except Undecidable:
            return False
        return answer is Decision.ALLOWED


def find_role(account: str, arn: str | None) -> Role | None:
    """The role with this ARN; None if there is none."""
    backend = _backend(account)
    found = next((role for role in backend.roles.values() if role.arn == arn), None)
    return _read(account, found) if found else None


def role_of_profile(account: str, arn: str | None) -> Role | None:
    """The role in an instance profile; None if there is no such profile, or it is empty."""
    for profile in _backend(account).instance_profiles.values():
        if profile.arn == arn and profile.roles:
            return _read(account, profile.roles[0])
    return None


def policies_of_user(account: str, access_key: str) -> tuple[str, tuple[Policy, ...]] | None:
    """The ARN and the policies of the user with this access key; None if it belongs to no user.

    moto stores no permissions boundaries of users.
    """
    backend = _backend(account)
    user = backend.get_user_from_access_key_id(access_key)
    if user is None:
        return None
    owners = [user, *backend.get_groups_for_user(user.name)]
    return user.arn, tuple(policy for owner in owners for policy in _parsed_all(_policies(owner)))


def _backend(account: str) -> Any:
    from moto.iam.models import iam_backends

    return iam_backends[account]["aws"]


def _read(account: str, role: Any) -> Role:
    documents = _in_force(account, role)
    boundary = documents.boundary
    return Role(
        account,
        role.name,
        role.arn,
        parsed(documents.trust),
        tuple(_parsed_all(documents.policies)),
        None if boundary is None else tuple(_parsed_all(boundary)),
        {tag["Key"]: tag["Value"] for tag in role.tags},
    )


@dataclass(frozen=True, slots=True)
class _Documents:
    """The policies of a role at one time, as texts."""

    trust: str | None = None
    policies: tuple[str, ...] = ()
    boundary: tuple[str, ...] | None = None


def _in_force(account: str, role: Any) -> _Documents:
    """The policies of a role that are in effect: in a realistic world, changes take effect after seconds."""
    delay = delays.current.policies
    if not delay:
        return _documents(account, role)
    history = _remember(account, role)
    return next((old for since, old in reversed(history) if delays.has_passed(since, delay)), _Documents())


@hooks.reconcilers.add("iam")
def remember_roles(account: str) -> bool:
    """Records the time of each change of a role in a realistic world."""
    for role in _backend(account).roles.values() if delays.current.policies else ():
        _remember(account, role)
    return False


def _remember(account: str, role: Any) -> list[tuple[datetime, _Documents]]:
    history: list[tuple[datetime, _Documents]] = vars(role).setdefault("cardlabs_history", [])
    documents = _documents(account, role)
    if not history or history[-1][1] != documents:
        history.append((clock.now(), documents))
    return history


def _documents(account: str, role: Any) -> _Documents:
    limit = role.permissions_boundary_arn
    policies = _backend(account).managed_policies
    return _Documents(
        role.assume_role_policy_document,
        tuple(_policies(role)),
        tuple(_of([policies.get(limit)])) if limit else None,
    )


def role_of_instance(account: str, region: str, instance: Any) -> Role | None:
    """The role of an EC2 instance; None if it has none, or if EC2 cannot assume it."""
    profile = instance.iam_instance_profile
    role = role_of_profile(account, profile["Arn"]) if profile else None
    source = f"arn:aws:ec2:{region}:{account}:instance/{instance.id}"
    return role if role and role.trusts("ec2.amazonaws.com", source) else None


def _policies(owner: Any) -> Iterator[str]:
    yield from owner.policies.values()
    yield from _of(owner.managed_policies.values())


def _of(managed: Any) -> Iterator[str]:
    """The default versions of managed policies."""
    for one in managed:
        for version in one.versions if one is not None else ():
            if version.is_default:
                yield version.document


def _parsed_all(documents: Iterable[str]) -> Iterator[Policy]:
    policies = (parsed(document) for document in documents)
    return (policy for policy in policies if policy is not None)


def parsed(document: str | None) -> Policy | None:
    """The policy in a text; None if it is malformed, so that it grants nothing."""
    try:
        return Policy.parse(document) if document else None
    except Malformed:
        return None
