"""The IAM actions of operations, their access levels, and the other actions that they need.

The table beside this module is made by tools/iam_operations.py from AWS's service authorization reference; it holds
what differs from the rule that an action has its operation's name, and that a read is called so.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import msgspec

_READING = re.compile(r"(?:Batch)?(?:Get|List|Describe|Head|Search|Query|Scan|Lookup|Check|View)(?![a-z])")

WITHOUT_PERMISSION = frozenset({"sts:GetCallerIdentity"})
"""Operations that anybody with credentials may call: no policy needs to name them."""

_SECRETS = re.compile(
    r"(?:Batch)?Get\w*(?:SecretValue|Tokens?|Credentials\w*|PasswordData)|ExportCertificate"
)
"""Operations that only read, and hand out what gives access."""


class _Service(msgspec.Struct, frozen=True):
    """The exceptions of one service to the rules."""

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
    """The IAM actions that an operation of a service is called (`s3:HeadObject` is `s3:GetObject`)."""
    service, _, name = operation.partition(":")
    entry = _table().get(service, _NOTHING)
    return tuple(f"{entry.prefix or service}:{each}" for each in entry.actions.get(name, (name,)))


def needed_for(operation: str) -> tuple[str, ...]:
    """All actions that an operation takes, those of other services included."""
    service, _, name = operation.partition(":")
    return (*actions_of(operation), *_table().get(service, _NOTHING).dependent.get(name, ()))


def only_reads(operation: str) -> bool:
    """Whether AWS gives an operation the access level Read or List, and it hands out nothing that gives access."""
    service, _, name = operation.partition(":")
    if _SECRETS.fullmatch(name):
        return False
    entry = _table().get(service, _NOTHING)
    return name in entry.reads or (looks_like_a_read(name) and name not in entry.writes)


def looks_like_a_read(name: str) -> bool:
    """Whether an operation is called like one that only reads."""
    return _READING.match(name) is not None
