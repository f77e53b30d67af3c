"""Identifies callers and their accounts, and assumes roles for them.

Keys that IAM did not issue belong to an administrator of the sandbox's default account, or of the account whose ID the
access key id ends with (AKIASBOX111122223333, as `labs sandbox env --account 111122223333` prints it). So the sandbox
has any number of accounts, with roles that can be assumed across accounts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from moto.core.exceptions import AccessDeniedError
from moto.sts.exceptions import STSValidationError

from labs.iam import AccessRequest, Decision, Policy, Undecidable, decide
from labs.sandbox.access.roles import find_role, parsed, policies_of_user
from labs.sandbox.client.connection import KEY_OF_ACCOUNT
from labs.sandbox.extend import Stock, Undo, operation, patch, set_attribute
from labs.sandbox.source import ASSUMED
from labs.sandbox.world import clock

_KEY = re.compile(KEY_OF_ACCOUNT + r"(\d{12})")
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::(\d{12}):role/[\w+=,.@/-]+")
_EVERYTHING = Policy.parse(
    '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}'
)


@dataclass(frozen=True, slots=True)
class Caller:
    """The caller of a request, with its policies; a boundary or session policy may be None."""

    arn: str
    account: str
    policies: tuple[Policy, ...]
    boundary: tuple[Policy, ...] | None = None
    session: tuple[Policy, ...] | None = None
    administrator: bool = False


def administrator(account: str) -> str:
    """The ARN of the administrator, to whom keys belong that IAM did not issue."""
    return f"arn:aws:iam::{account}:user/sandbox"


@operation("sts", "AssumeRole", "moto lets anybody assume any role, even one that is not there")
def assume_role(response: Any, stock: Stock) -> Any:
    """Issues keys for an existing role whose trust policy allows the caller."""
    arn = response._get_param("RoleArn")
    found = _ROLE.fullmatch(arn)
    if found is None:
        raise STSValidationError(f"{arn} is invalid")
    seconds = response._get_int_param("DurationSeconds", 3600)
    who = caller(response.current_account, response.access_key)
    if not _may_assume(who, found[1], arn, _context(response)):
        raise AccessDeniedError(who.arn, f"sts:AssumeRole on resource: {arn}")
    if seconds > _longest(found[1], arn):
        raise STSValidationError(
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        )
    return stock()


def _may_assume(who: Caller, account: str, arn: str, context: dict[str, str]) -> bool:
    """Whether the role trusts the caller, and either names it or the caller's own policies allow it."""
    role = find_role(account, arn)
    if role is None or role.trust is None:
        return False
    request = AccessRequest("sts:AssumeRole", arn, who.arn, context)
    try:
        trusted = decide(request, [_EVERYTHING], resource_policy=role.trust, same_account=False)
        allowed = decide(
            request,
            who.policies,
            boundary=who.boundary,
            session=who.session,
            resource_policy=role.trust,
            same_account=who.account == account,
        )
    except Undecidable:
        return False
    return trusted is allowed is Decision.ALLOWED


def _context(response: Any) -> dict[str, str]:
    """The context keys for the conditions of a trust policy."""
    now = clock.now()
    context = {
        "sts:RoleSessionName": response._get_param("RoleSessionName"),
        "aws:CurrentTime": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "aws:EpochTime": str(int(now.timestamp())),
        "aws:RequestedRegion": response.region,
        "aws:SecureTransport": "true",
    }
    external_id = response._get_param("ExternalId")
    return {**context, "sts:ExternalId": external_id} if external_id else context


def caller(account: str, access_key: str) -> Caller:
    """The owner of an access key: a role session, a user, or the account's administrator."""
    from moto.sts.models import sts_backends

    session = sts_backends[account]["aws"].get_assumed_role_from_access_key(access_key)
    if session is not None:
        role = find_role(account, session.role_arn)
        narrowed = parsed(session.policy)
        return Caller(
            session.arn,
            account,
            role.policies if role else (),
            role.boundary if role else (),
            (narrowed,) if narrowed else None,
        )
    user = policies_of_user(account, access_key)
    if user is not None:
        return Caller(user[0], account, user[1])
    return Caller(administrator(account), account, (_EVERYTHING,), administrator=True)


def _longest(account: str, arn: str) -> int:
    from moto.iam.models import iam_backends

    return int(iam_backends[account]["aws"].get_role_by_arn(arn).max_session_duration or 3600)


@patch(
    "sts:identity",
    "moto says of unknown keys that they are of an sts user, which no policy can name",
    ASSUMED,
)
def _name_administrator() -> Undo:
    from moto.sts.models import STSBackend

    stock = STSBackend.get_caller_identity

    def get_caller_identity(backend: Any, access_key: str, region: str) -> tuple[str, str, str]:
        user_id, arn, account = stock(backend, access_key, region)
        if arn.endswith(":user/moto"):
            return f"AIDA{account.zfill(17)}", administrator(account), account
        return user_id, arn, account

    return set_attribute(STSBackend, "get_caller_identity", get_caller_identity)


@patch("sts:accounts", "in moto the keys of another account have to be made in it first", ASSUMED)
def _read_account_from_key() -> Undo:
    from moto.iam import models

    stock = models.get_account_id_from

    def get_account_id_from(access_key: str) -> str:
        found = _KEY.fullmatch(access_key)
        return found[1] if found else str(stock(access_key))

    return set_attribute(models, "get_account_id_from", get_account_id_from)
