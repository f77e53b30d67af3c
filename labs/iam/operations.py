"""The IAM actions of API operations, their access levels, and the other actions that they depend on.

By default, an action has the name of its operation, and an operation that only reads begins with Get, List and the
like. The exceptions are in operations.json, which tools/iam_operations.py writes from AWS's service authorization
reference.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import msgspec

_READING = re.compile(r"(?:Batch)?(?:Get|List|Describe|Head|Search|Query|Scan|Lookup|Check|View)(?![a-z])")

WITHOUT_PERMISSION = frozenset({"sts:GetCallerIdentity"})
"""Operations that need no permissions."""

_SECRETS = re.compile(
    r"(?:Batch)?Get\w*(?:SecretValue|Tokens?|Credentials\w*|PasswordData)|ExportCertificate"
)
"""Read operations that return credentials or secrets."""


class _Service(msgspec.Struct, frozen=True):
    """The exceptions of one service."""

    prefix: str = ""
    actions: dict[str, tuple[str, ...]] = {}
    reads: frozenset[str] = frozenset()
    writes: frozenset[str] = frozenset()
    dependent: dict[str, tuple[str, ...]] = {}


_NOTHING = _Service()


@cache
def _table() -> dict[str, _Service]:
    text = Path(__file__).with_name("operations.json").read_bytes()
    return msgspec.json.decode(text, type=dict[str, _Service])


def actions_of(operation: str) -> tuple[str, ...]:
    """The IAM actions that authorize an operation: `s3:GetObject` for `s3:HeadObject`."""
    service, _, name = operation.partition(":")
    entry = _table().get(service, _NOTHING)
    return tuple(f"{entry.prefix or service}:{each}" for each in entry.actions.get(name, (name,)))


def needed_for(operation: str) -> tuple[str, ...]:
    """The IAM actions that an operation needs, including dependent actions of other services."""
    service, _, name = operation.partition(":")
    return (*actions_of(operation), *_table().get(service, _NOTHING).dependent.get(name, ()))


def only_reads(operation: str) -> bool:
    """Whether AWS gives an operation the access level Read or List, and it returns no credentials or secrets."""
    service, _, name = operation.partition(":")
    if _SECRETS.fullmatch(name):
        return False
    entry = _table().get(service, _NOTHING)
    return name in entry.reads or (looks_like_a_read(name) and name not in entry.writes)


def looks_like_a_read(name: str) -> bool:
    """Whether an operation has the name of one that only reads."""
    return _READING.match(name) is not None
