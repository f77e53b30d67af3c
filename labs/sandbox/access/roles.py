"""What the account's roles may do, decided by the project's evaluator on the policies that moto keeps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from labs.iam import Decision, Malformed, Policy, Request, Undecidable, decide, trusts


@dataclass(frozen=True, slots=True)
class Role:
    """A role with everything that decides what it may do; a boundary of None is none at all."""

    account: str
    name: str
    arn: str
    trust: Policy | None
    policies: tuple[Policy, ...]
    boundary: tuple[Policy, ...] | None

    def trusts(self, service: str, source: str) -> bool:
        """Whether an AWS service (`ec2.amazonaws.com`) may assume it; what cannot be decided does not.

        `source` is the ARN of what the service acts for, by which a trust policy keeps confused deputies out.
        """
        if self.trust is None:
            return False
        try:
            return trusts(self.trust, service, {"aws:SourceAccount": self.account, "aws:SourceArn": source})
        except Undecidable:
            return False

    def may(self, action: str, resource: str = "*", *, own: Policy | None = None, **context: str) -> bool:
        """Whether it may do something, where `own` is the resource's policy; what cannot be decided it may not.

        The context's keys are written with an underscore for the colon: `aws_RequestedRegion="eu-west-1"`.
        """
        keys = {name.replace("_", ":", 1): value for name, value in context.items()}
        request = Request(action, resource, self.arn, keys)
        try:
            answer = decide(request, self.policies, boundary=self.boundary, resource_policy=own)
        except Undecidable:
            return False
        return answer is Decision.ALLOWED


def find_role(account: str, arn: str | None) -> Role | None:
    """The account's role of this ARN; None where there is none."""
    backend = _backend(account)
    found = next((role for role in backend.roles.values() if role.arn == arn), None)
    return _read(account, found) if found else None


def role_of_profile(account: str, arn: str | None) -> Role | None:
    """The role in an instance profile; None where there is no such profile, or it is empty."""
    for profile in _backend(account).instance_profiles.values():
        if profile.arn == arn and profile.roles:
            return _read(account, profile.roles[0])
    return None


def policies_of_user(account: str, access_key: str) -> tuple[str, tuple[Policy, ...]] | None:
    """The ARN of the user to whom IAM gave this access key, and the user's policies; None where it gave none.

    moto keeps no permissions boundary of users.
    """
    backend = _backend(account)
    user = backend.get_user_from_access_key_id(access_key)
    if user is None:
        return None
    owners = [user, *backend.get_groups_for_user(user.name)]
    return user.arn, tuple(policy for owner in owners for policy in _policies(owner))


def _backend(account: str) -> Any:
    from moto.iam.models import iam_backends

    return iam_backends[account]["aws"]


def _read(account: str, role: Any) -> Role:
    limit = role.permissions_boundary_arn
    return Role(
        account,
        role.name,
        role.arn,
        parsed(role.assume_role_policy_document),
        tuple(_policies(role)),
        tuple(_of([_backend(account).managed_policies.get(limit)])) if limit else None,
    )


def _policies(owner: Any) -> Iterator[Policy]:
    for document in owner.policies.values():
        policy = parsed(document)
        if policy is not None:
            yield policy
    yield from _of(owner.managed_policies.values())


def _of(managed: Any) -> Iterator[Policy]:
    """The default versions of managed policies."""
    for one in managed:
        versions = one.versions if one is not None else ()
        for version in versions:
            policy = parsed(version.document) if version.is_default else None
            if policy is not None:
                yield policy


def parsed(document: str | None) -> Policy | None:
    """The policy in a text; None where it is none, which grants nothing."""
    try:
        return Policy.parse(document) if document else None
    except Malformed:
        return None
