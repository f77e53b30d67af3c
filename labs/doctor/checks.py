"""`labs doctor`: what works of all that a check needs, and what to do about the rest; asks by reads only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from labs.aws.faults import Reason, reason, was_authorized
from labs.aws.pack_process import verifier_of
from labs.aws.read_only_guard import read_only_guard
from labs.aws.request_scope import CheckContext, check_context
from labs.aws.session import AwsSession, ConnectionOptions, open_session
from labs.aws.worker_threads import result_in_time, worker_threads
from labs.content.pack import Catalog
from labs.doctor.environment import TOLERATED, aws_cli, skew, source
from labs.errors import LabsError, LimitReached
from labs.sandbox import control

PLACEHOLDER = "labs-doctor"
WORKERS = 8
"""Reads that are tried at the same time."""


@dataclass(frozen=True, slots=True)
class Point:
    """One thing that was looked at: what, whether it is well, what was seen, and what to do if it is not."""

    what: str
    well: bool
    seen: str
    do: str = ""


def examine(
    catalog: Catalog, where: ConnectionOptions, home: Path, now: Callable[[], datetime]
) -> list[Point]:
    """Everything, in the order in which it should be mended."""
    with read_only_guard():
        points = [*_account(catalog, where, now)]
    return [*points, *_packs(catalog), _aws_cli(), _sandbox(home)]


def _account(catalog: Catalog, where: ConnectionOptions, now: Callable[[], datetime]) -> Iterator[Point]:
    try:
        session = open_session(where)
    except LabsError as error:
        yield Point(
            "configuration", False, str(error), "mend your AWS configuration, or use --profile or --region"
        )
        return
    no_region = "" if session.region else "give --region, or set AWS_REGION or a region in your profile"
    yield Point("region", bool(session.region), session.region or "none", no_region)
    yield Point("endpoint", True, session.endpoint or "AWS's own")
    session.identify()
    yield from _clock(session, now())
    fault = session.fault()
    if fault:
        yield Point(
            "credentials",
            False,
            reason(fault).text,
            "`aws configure`, or use the sandbox: labs sandbox start",
        )
        return
    target = session.target()
    found = source(where)
    yield Point("credentials", True, f"{target.arn}{f', from {found}' if found else ''}")
    yield Point("account", True, f"{target.account} ({target.kind})")
    yield _permissions(catalog, session)


def _clock(session: AwsSession, now: datetime) -> Iterator[Point]:
    """Whether this machine's clock is near enough to AWS's; nothing, where nobody answered."""
    ahead = skew(session, now)
    if ahead is None:
        return
    seconds = round(ahead.total_seconds())
    if abs(ahead) < TOLERATED:
        yield Point("clock", True, "agrees" if abs(seconds) < 2 else f"{abs(seconds)} s off")
    else:
        text = f"{abs(seconds)} s {'ahead of' if seconds > 0 else 'behind'} the other side: its signatures are refused"
        yield Point("clock", False, text, "set this machine's clock, by NTP if you can")


def _packs(catalog: Catalog) -> Iterator[Point]:
    """What is wrong with labs, lab by lab; nothing, where nothing is."""
    _, faults = catalog.readable()
    for fault in faults:
        yield Point("labs", False, str(fault), "mend the pack, or use it no more")


def _permissions(catalog: Catalog, session: AwsSession) -> Point:
    labs, _ = catalog.readable()
    reads = sorted({read for lab in labs for read in verifier_of(catalog, lab).reads})
    faults = _faults(session, reads)
    denied = sorted({why.action for why in faults.values() if why.action})
    if denied:
        text = f"not allowed: {', '.join(denied)}"
        return Point("permissions", False, text, "attach what `labs policy` prints")
    if faults:
        read, why = next(iter(faults.items()))
        text = f"{len(faults)} of {len(reads)} reads could not be tried: {read}: {why.text}"
        return Point("permissions", False, text, "try again; if it stays so, look at endpoint and network")
    return Point("permissions", True, f"all {len(reads)} reads of {len(labs)} labs are allowed")


def _faults(session: AwsSession, reads: list[str]) -> dict[str, Reason]:
    """Why reads cannot be made, by read."""
    limits = session.scope.limits
    faults: dict[str, Reason] = {}
    with worker_threads(WORKERS, limits) as pool:
        for read, future in [(read, pool.submit(_why_not, session, read)) for read in reads]:
            try:
                why = result_in_time(future, limits)
            except LimitReached as error:
                why = reason(error)
            if why:
                faults[read] = why
    return faults


def _why_not(session: AwsSession, read: str) -> Reason | None:
    """Why a read cannot be made, or None: it asks for a thing that is not there, so "not found" is a good answer."""
    from botocore.exceptions import ClientError

    service, _, operation = read.partition(":")
    try:
        client = session.client(service, session.region)
        shape = client.meta.service_model.operation_model(operation).input_shape
        given = {name: _placeholder(shape.members[name]) for name in shape.required_members} if shape else {}
        method = next(
            python for python, name in client.meta.method_to_api_mapping.items() if name == operation
        )
        with check_context(CheckContext(session.scope, frozenset({read}))):
            getattr(client, method)(**given)
    except ClientError as error:
        return None if was_authorized(error) else reason(error, (read,))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is reported, and the other reads are tried
        return reason(error, (read,))
    return None


def _placeholder(shape: Any) -> Any:
    """A value that is valid for its shape and names nothing that is there."""
    match shape.type_name:
        case "list":
            return [_placeholder(shape.member)]
        case "structure":
            return {name: _placeholder(shape.members[name]) for name in shape.required_members}
        case "map":
            return {}
        case "integer" | "long" | "float" | "double":
            return shape.metadata.get("min", 1)
        case "boolean":
            return False
        case "timestamp":
            return "2026-01-01T00:00:00Z"
        case "blob":
            return b""
        case _:
            return shape.enum[0] if shape.enum else PLACEHOLDER.ljust(shape.metadata.get("min", 1), "0")


def _aws_cli() -> Point:
    seen, wrong = aws_cli()
    if seen is not None:
        return Point("AWS CLI", True, seen)
    return Point(
        "AWS CLI",
        False,
        wrong,
        "install it: https://docs.aws.amazon.com/cli/, or pip install 'cardlabs[aws-cli]'",
    )


def _sandbox(home: Path) -> Point:
    running = control.running(home)
    return Point(
        "sandbox",
        True,
        f"runs at {running.url}" if running else "not running; `labs sandbox start` starts it",
    )
