"""A workshop for tests: a pack with one quick lab, accounts in this process, and a roster file."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from labs.author.scaffold import scaffold
from tests.builders import REGION, Labs

LAB = "a-group"
CENTRAL = "123456789012"
Cli = Labs


def make_pack(folder: Path) -> Path:
    """A pack with one lab, which asks for a log group."""
    list(scaffold(folder, LAB))
    return folder


def account(number: int) -> str:
    """The account of a learner."""
    return f"{200000000000 + number}"


def role(number: int) -> str:
    """The role that the instructor assumes in a learner's account."""
    return f"arn:aws:iam::{account(number)}:role/labs-check"


def seat(name: str, **fields: Any) -> str:
    """A seat as TOML."""
    return "\n".join(
        ["[[seats]]", *(f"{key} = {_toml(value)}" for key, value in {"name": name, **fields}.items())]
    )


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key} = {_toml(each)}' for key, each in value.items())}}}"
    return json.dumps(value)


def seats(numbers: Iterable[int]) -> list[str]:
    """Learners, each with an account and a role there."""
    return [seat(f"learner-{number:02}", role_arn=role(number)) for number in numbers]


def write(path: Path, *all_seats: str, title: str = "A workshop") -> Path:
    """A roster file."""
    path.write_text("\n\n".join([f"title = {json.dumps(title)}", *all_seats]) + "\n", "utf-8")
    return path


def make_group(number: int, name: str = LAB) -> None:
    """Does the lab in a learner's account."""
    from moto.logs.models import logs_backends

    logs_backends[account(number)][REGION].create_log_group(name, {})
