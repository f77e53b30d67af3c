"""`labs doctor`: what works of all that a check needs, and what to do about the rest; asks by reads only."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labs.aws.faults import DENIED, reason
from labs.aws.policy import action
from labs.aws.session import Look, Where, open_look
from labs.aws.visit import Asker, asking
from labs.aws.wall import wall
from labs.errors import LabsError
from labs.pack import Shelf
from labs.sandbox import control

PLACEHOLDER = "labs-doctor"


@dataclass(frozen=True, slots=True)
class Point:
    """One thing that was looked at: what, whether it is well, what was seen, and what to do if it is not."""

    what: str
    well: bool
    seen: str
    do: str = ""


def examine(shelf: Shelf, where: Where, home: Path) -> list[Point]:
    """Everything, in the order in which it should be mended."""
    with wall():
        points = [*_account(shelf, where)]
    return [*points, _aws_cli(), _sandbox(home)]


def _account(shelf: Shelf, where: Where) -> Iterator[Point]:
    try:
        look = open_look(where)
    except LabsError as error:
        yield Point(
            "configuration", False, str(error), "mend your AWS configuration, or use --profile or --region"
        )
        return
    yield Point("region", True, look.region)
    yield Point("endpoint", True, look.endpoint or "AWS's own")
    look.identify()
    fault = look.fault()
    if fault:
        yield Point(
            "credentials",
            False,
            reason(fault).text,
            "`aws configure`, or use the sandbox: labs sandbox start",
        )
        return
    target = look.target()
    yield Point("credentials", True, f"{target.arn}")
    yield Point("account", True, f"{target.account} ({target.kind})")
    yield _permissions(shelf, look)


def _permissions(shelf: Shelf, look: Look) -> Point:
    reads = sorted({read for lab in shelf.all() for read in shelf.verifier(lab).reads})
    denied = [action(read) for read in reads if not _may(look, read)]
    if denied:
        return Point(
            "permissions", False, f"not allowed: {', '.join(denied)}", "attach what `labs policy` prints"
        )
    return Point("permissions", True, f"all {len(reads)} reads of {len(shelf.labs)} labs are allowed")


def _may(look: Look, read: str) -> bool:
    """Whether a read is not denied: asked for a thing that is not there, so "not found" is a good answer."""
    from botocore.exceptions import BotoCoreError, ClientError

    service, _, operation = read.partition(":")
    client = look.client(service, look.region)
    shape = client.meta.service_model.operation_model(operation).input_shape
    given = {name: _placeholder(shape.members[name]) for name in shape.required_members} if shape else {}
    method = next(python for python, name in client.meta.method_to_api_mapping.items() if name == operation)
    try:
        with asking(Asker(look.visit, frozenset({read}))):
            getattr(client, method)(**given)
    except ClientError as error:
        return error.response["Error"]["Code"] not in DENIED
    except BotoCoreError:
        return False
    return True


def _placeholder(shape: Any) -> Any:
    match shape.type_name:
        case "list":
            return [_placeholder(shape.member)]
        case "structure":
            return {name: _placeholder(shape.members[name]) for name in shape.required_members}
        case "integer" | "long":
            return shape.metadata.get("min", 1)
        case "boolean":
            return False
        case _:
            return shape.enum[0] if shape.enum else PLACEHOLDER.ljust(shape.metadata.get("min", 1), "0")


def _aws_cli() -> Point:
    found = shutil.which("aws")
    if found:
        return Point("AWS CLI", True, found)
    advice = "install it: https://docs.aws.amazon.com/cli/, or pip install 'cardlabs[aws-cli]'"
    return Point("AWS CLI", False, "`aws` is not on the PATH", advice)


def _sandbox(home: Path) -> Point:
    running = control.running(home)
    return Point(
        "sandbox",
        True,
        f"runs at {running.url}" if running else "not running; `labs sandbox start` starts it",
    )
