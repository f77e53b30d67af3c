"""Principals: their accounts, and whether the Principal element of a resource-based policy matches one."""

from __future__ import annotations

import re

from labs.iam.condition import Value
from labs.iam.document import Principals

ANONYMOUS = "anonymous"
"""The caller of an unsigned request."""

_NO_ACCOUNT: dict[str, Value] = {"aws:PrincipalAccount": (), "aws:PrincipalArn": (), "aws:PrincipalOrgID": ()}
_ACCOUNT = re.compile(r"\d{12}")
_SESSION = re.compile(r"arn:[^:]+:sts::(\d{12}):assumed-role/([^/]+)/.+")
_ROLE = re.compile(r"arn:[^:]+:iam::(\d{12}):role/(?:.*/)?([^/]+)")
_SERVICE = re.compile(r"[a-z0-9.-]+\.amazonaws\.com(\.cn)?")


def account_of(principal: str) -> str | None:
    """The account ID of an ARN or an account ID; None for a service or an anonymous caller."""
    if _ACCOUNT.fullmatch(principal):
        return principal
    fields = principal.split(":")
    return fields[4] if len(fields) > 5 and _ACCOUNT.fullmatch(fields[4]) else None


def is_service(principal: str) -> bool:
    """Whether this is an AWS service (`ecs-tasks.amazonaws.com`)."""
    return _SERVICE.fullmatch(principal) is not None


def is_account(principal: str) -> bool:
    """Whether this is an account as a whole: its ID, or the ARN that ends with `:root`."""
    return bool(_ACCOUNT.fullmatch(principal)) or principal.endswith(":root")


def matches_principal(named: Principals, principal: str | None, *, delegates: bool = True) -> bool:
    """Whether a Principal or NotPrincipal element matches a principal; only `*` matches an unknown one (None).

    With `delegates`, an account in a Principal element matches every principal in that account.
    """
    if named.inverted:
        return not any(_is_named(kind, name, principal, delegates=False) for kind, name in named.listed)
    return any(_is_named(kind, name, principal, delegates=delegates) for kind, name in named.listed)


def _is_named(kind: str, name: str, principal: str | None, *, delegates: bool) -> bool:
    if kind == "AWS" and name == "*":
        return True
    if principal is None:
        return False
    if kind == "AWS" and is_account(name):
        return account_of(name) == account_of(principal) and (delegates or is_account(principal))
    if kind == "AWS" and is_service(principal):
        return False
    return name == principal or (kind == "AWS" and _is_role(name, principal))


def _is_role(name: str, principal: str) -> bool:
    """Whether a principal is this role, or a session of it, whose ARN does not contain the role's path."""
    role = _ROLE.fullmatch(name)
    caller = _ROLE.fullmatch(principal) or _SESSION.fullmatch(principal)
    return bool(role and caller and role.groups() == caller.groups())


def bypasses_boundary(named: Principals | None, principal: str | None) -> bool:
    """Whether a resource-based policy names this user or session itself, so that no permissions boundary applies.

    A boundary applies to what is granted to a role (IAM user guide, "Policy evaluation logic").
    """
    if named is None or named.inverted or principal is None:
        return False
    return (
        ("AWS", principal) in named.listed
        and not is_account(principal)
        and _ROLE.fullmatch(principal) is None
    )


def context_of(principal: str | None) -> dict[str, Value]:
    """The context keys that AWS derives from the principal, as far as its name determines them."""
    if principal is None:
        return {}
    if principal == ANONYMOUS:
        return {"aws:PrincipalType": "Anonymous", "aws:PrincipalIsAWSService": False, **_NO_ACCOUNT}
    if is_service(principal):
        return {
            "aws:PrincipalIsAWSService": True,
            "aws:PrincipalServiceName": principal,
            **_NO_ACCOUNT,
        }
    derived: dict[str, Value] = {"aws:PrincipalIsAWSService": False}
    account = account_of(principal)
    if account:
        derived["aws:PrincipalAccount"] = account
    if principal.startswith("arn:") and not is_account(principal):
        derived["aws:PrincipalArn"] = _role_arn(principal)
    return derived


def _role_arn(principal: str) -> str:
    """The value of aws:PrincipalArn: the ARN of the role for a session, else of the principal itself."""
    session = _SESSION.fullmatch(principal)
    partition = principal.split(":")[1]
    return f"arn:{partition}:iam::{session[1]}:role/{session[2]}" if session else principal
