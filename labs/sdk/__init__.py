"""Everything that a check may import: the account that it reads, its outcomes, and helpers.

A check is a plain function `(account, lab) -> Passed | Failed` that reads with ordinary boto3 clients.
It never catches an error: denied, throttled and incomplete answers and missing keys reach the runner,
which makes the objective `inconclusive`. So index the keys that AWS always sends (`answer["services"]`),
and use `.get` only for the optional ones.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

from labs.errors import CannotTell
from labs.sdk.answers import (
    absent,
    arn,
    asked,
    batches,
    equal,
    error_code,
    first_of,
    furthest,
    leftovers,
    pages,
    partition,
)
from labs.sdk.pack import API, Pack
from labs.sdk.values import (
    Account,
    Check,
    Failed,
    Leftover,
    Leftovers,
    Names,
    Objective,
    Outcome,
    Passed,
    near,
)

if TYPE_CHECKING:
    from labs import iam, userdata
    from labs.sdk import iam_roles, log_groups, security_groups

_LAZY = {
    "iam": "labs.iam",
    "userdata": "labs.userdata",
    "iam_roles": "labs.sdk.iam_roles",
    "log_groups": "labs.sdk.log_groups",
    "security_groups": "labs.sdk.security_groups",
}
"""Modules that most commands never need. Each is imported on first use."""

__all__ = [
    "API",
    "Account",
    "CannotTell",
    "Check",
    "Failed",
    "Leftover",
    "Leftovers",
    "Names",
    "Objective",
    "Outcome",
    "Pack",
    "Passed",
    "absent",
    "arn",
    "asked",
    "batches",
    "equal",
    "error_code",
    "first_of",
    "furthest",
    "iam",
    "iam_roles",
    "leftovers",
    "log_groups",
    "near",
    "pages",
    "partition",
    "security_groups",
    "userdata",
]


def __getattr__(name: str) -> ModuleType:
    """A module of `_LAZY`, imported now."""
    if name in _LAZY:
        return import_module(_LAZY[name])
    raise AttributeError(f"labs.sdk has no {name}")
