"""`labs doctor`: examines everything that a check needs, with advice; only reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from labs.aws.faults import Reason, read_errors, reason, was_authorized
from labs.aws.pack_checks import verifier_of
from labs.aws.read_only_guard import read_only_guard
from labs.aws.request_scope import CheckContext, check_context
from labs.aws.session import AwsSession, ConnectionOptions, open_session
from labs.aws.worker_threads import result_in_time, worker_threads
from labs.content.pack import Catalog
from labs.doctor.account import Point, account_points, region_point
from labs.doctor.environment import TOLERATED, aws_cli, skew, source
from labs.doctor.sandbox_advice import sandbox_advice
from labs.errors import LabsError, LimitReached, install_command
from labs.sandbox import control
from labs.sandbox.client.connection import last_port

PLACEHOLDER = "labs-doctor"
WORKERS = 8
"""Maximum number of concurrent reads."""


def examine(
    catalog: Catalog, where: ConnectionOptions, home: Path, now: Callable[[], datetime]
) -> list[Point]:
    """All points, in the order in which to fix them."""
    with read_only_guard():
        points = [*_account(catalog, where, home, now)]
    return [*points, *_packs(catalog), _aws_cli(), _sandbox(home)]


def _account(
    catalog: Catalog, where: ConnectionOptions, home: Path, now: Callable[[], datetime]
) -> Iterator[Point]:
    try:
        session = open_session(where)
    except LabsError as error:
        yield Point(
            "configuration", False, str(error), "Fix your AWS configuration, or use --profile and --region."
        )
        return
    session.identify()
    fault = session.fault()
    if fault and _uses_the_sandbox_only(where, session, home):
        yield Point("credentials", True, "not found, and not needed: you use the sandbox")
        return
    no_region = "" if session.region else "Set AWS_REGION, set a Region in your profile, or use --region."
    yield Point("Region", bool(session.region), session.region or "not set", no_region)
    yield Point("endpoint", True, session.endpoint or "AWS")
    yield from _clock(session, now())
    if fault:
        yield (session.region and region_point(session)) or Point(
            "credentials",
            False,
            reason(fault).text.partition(". Run")[0],
            sandbox_advice(session, home)
            or "Run `aws configure`, or practice without an account: labs sandbox start",
        )
        return
    target = session.target()
    found = source(where)
    yield Point("credentials", True, f"{target.arn}{f', from {found}' if found else ''}")
    yield Point("account", True, f"{target.account} ({target.kind})")
    yield _permissions(catalog, session)
    if target.kind == "aws" and not session.endpoint:
        yield from account_points(session, catalog.readable()[0])


def _uses_the_sandbox_only(where: ConnectionOptions, session: AwsSession, home: Path) -> bool:
    """Whether there are no credentials at all, and this learner has started the sandbox before."""
    from botocore.exceptions import NoCredentialsError

    asked = where.profile or session.endpoint
    return not asked and isinstance(session.fault(), NoCredentialsError) and bool(last_port(home))


def _clock(session: AwsSession, now: datetime) -> Iterator[Point]:
    """A point on the difference between this machine's clock and AWS's; none without an answer of AWS."""
    ahead = skew(session, now)
    if ahead is None:
        return
    seconds = round(ahead.total_seconds())
    if abs(ahead) < TOLERATED:
        yield Point("clock", True, "correct" if abs(seconds) < 2 else f"{abs(seconds)} s off")
    else:
        text = (
            f"{abs(seconds)} s {'ahead of' if seconds > 0 else 'behind'} AWS, so AWS rejects the signatures"
        )
        yield Point("clock", False, text, "Set the clock of this computer, for example with NTP.")


def _packs(catalog: Catalog) -> Iterator[Point]:
    """The faults of labs that cannot be read, one point for each."""
    _, faults = catalog.readable()
    for fault in faults:
        yield Point("labs", False, str(fault), "Fix the pack, or remove it.")


def _permissions(catalog: Catalog, session: AwsSession) -> Point:
    labs, _ = catalog.readable()
    reads = sorted({read for lab in labs for read in verifier_of(catalog, lab).reads})
    faults = _faults(session, reads)
    denied = sorted({why.action for why in faults.values() if why.action})
    if denied:
        text = f"not allowed: {', '.join(denied)}"
        return Point("permissions", False, text, "Attach the policy that `labs policy` prints.")
    if faults:
        read, why = next(iter(faults.items()))
        text = f"{len(faults)} of {len(reads)} read actions could not be tested: {read}: {why.text}"
        return Point(
            "permissions", False, text, "Try again. If it fails again, check the endpoint and the network."
        )
    return Point("permissions", True, f"all {len(reads)} read actions of {len(labs)} labs are allowed")


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
    """The reason why a read is refused, or None. It asks for a missing resource, so "not found" is a success."""
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
    except read_errors() as error:
        return reason(error, (read,))
    return None


def _placeholder(shape: Any) -> Any:
    """A value that is valid for the shape and names no existing resource."""
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
    do = f"Install it: https://docs.aws.amazon.com/cli/, or {install_command('aws-cli')}"
    return Point("AWS CLI", False, wrong, do)


def _sandbox(home: Path) -> Point:
    running = control.running(home)
    return Point(
        "sandbox",
        True,
        f"running at {running.url}" if running else "stopped. Start it: labs sandbox start",
    )
