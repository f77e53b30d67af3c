"""The fidelity map: which emulator provides each field and behaviour that labs use, according to probes.

What passes in plain moto is provided by moto; what passes only in the sandbox, by an extension; all else by nobody.
The learner's sandbox is not used: moto runs in this process, the sandbox with a temporary world. The same probes can
run against another emulator, where their resources stay. The result is stored (`emulators`): at that emulator, a check
does not judge what needs a missing feature.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from labs.errors import SandboxError, UsageError
from labs.sandbox.client.connection import MARK, REGION
from labs.sandbox.control import throw_away, without_own
from labs.sandbox.fidelity.emulators import is_aws
from labs.sandbox.fidelity.probe_app_services import PROBES as APP_SERVICE_PROBES
from labs.sandbox.fidelity.probe_ec2 import PROBES as EC2_PROBES
from labs.sandbox.fidelity.probe_ecs import PROBES as ECS_PROBES
from labs.sandbox.fidelity.probe_ecs_tasks import PROBES as ECS_TASK_PROBES
from labs.sandbox.fidelity.probe_iam_ecr import PROBES as IAM_ECR_PROBES
from labs.sandbox.fidelity.probe_scaling import PROBES as SCALING_PROBES
from labs.sandbox.fidelity.probe_stacks import PROBES as STACK_PROBES
from labs.sandbox.fidelity.probes import Bench, Probe
from labs.system.entry_points import EntryPoint, entry_points

Clients = Callable[[str], Any]

PROBES: tuple[Probe, ...] = (
    *ECS_PROBES,
    *ECS_TASK_PROBES,
    *IAM_ECR_PROBES,
    *EC2_PROBES,
    *SCALING_PROBES,
    *STACK_PROBES,
    *APP_SERVICE_PROBES,
)
PACKS = "labs.sandbox.probes"
"""The entry points by which installed packs bring probes of their own, each a sequence of Probe."""
MOTO, EXTENSION, NOBODY, ENDPOINT = "moto", "extension", "nobody", "endpoint"


@dataclass(frozen=True, slots=True)
class Probed:
    """The result of a probe; `fault` is one line if the probe could not complete."""

    probe: Probe
    holds: bool
    fault: str = ""


@dataclass(frozen=True, slots=True)
class MapEntry:
    """One line of the map: a field or behaviour, and who provides it; `fault` is the error of the probe.

    `shows` names the operations and response keys that depend on it.
    """

    name: str
    says: str
    provider: str
    fault: str = ""
    shows: tuple[str, ...] = ()


@cache
def all_probes() -> tuple[Probe, ...]:
    """Our probes and those of the installed packs."""
    packs = () if os.environ.get("LABS_PACKS_OFF") else entry_points(PACKS)
    return (*PROBES, *(probe for point in packs for probe in _probes_of(point)))


def _probes_of(point: EntryPoint) -> tuple[Probe, ...]:
    """The probes of a pack; if they cannot be imported, one probe that fails with the reason."""
    try:
        return tuple(point.load())
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a pack's own code raises what it will
        return (Probe(point.name, f"{point.value} can be imported ({error})", lambda _: False),)


def fidelity_map() -> list[MapEntry]:
    """Runs every probe in plain moto and in a temporary sandbox, and returns the map."""
    with _clean_environment(), ThreadPoolExecutor(1) as beside, plain_moto() as url:
        in_moto = beside.submit(lambda: list(run(_clients(url), all_probes())))
        with throw_away() as sandbox:
            extended = list(run(_clients(sandbox.url), all_probes()))
        return [entry(*both) for both in zip(in_moto.result(), extended, strict=True)]


@contextmanager
def plain_moto() -> Iterator[str]:
    """Plain moto, without extensions, on its own port while the block runs."""
    import logging

    from moto.server import ThreadedMotoServer

    from labs.sandbox.world.emptying import empty_moto

    logging.getLogger("werkzeug").setLevel(
        logging.CRITICAL
    )  # what moto breaks down at is what we want to know
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    try:
        yield "http://{}:{}".format(*server.get_host_and_port())
    finally:
        server.stop()
        empty_moto()


def entry(plain: Probed, extended: Probed) -> MapEntry:
    """The line of the map for one probe, from its results in plain moto and in the sandbox."""
    provider = NOBODY if not extended.holds else MOTO if plain.holds else EXTENSION
    return _line(extended, provider)


def probe_endpoint(url: str) -> list[MapEntry]:
    """The map of another endpoint. Raises UsageError for AWS itself, and for a sandbox that is in use."""
    address = urlsplit(url)
    if address.scheme not in ("http", "https") or not address.hostname:
        raise UsageError(f"{url!r} is not an endpoint URL. Example: http://localhost:5000")
    if is_aws(url):
        raise UsageError("the probes make things: they run against emulators, never against AWS")
    with _clean_environment():
        client = _clients(url)
        if MARK in _headers(client):
            raise UsageError(
                "a sandbox's world is somebody's: leave --endpoint-url out, and a throw-away one is probed"
            )
        return [_line(found, ENDPOINT if found.holds else NOBODY) for found in run(client, all_probes())]


def _line(found: Probed, provider: str) -> MapEntry:
    return MapEntry(found.probe.name, found.probe.says, provider, found.fault, found.probe.shows)


def lacks(entries: Iterable[MapEntry]) -> tuple[str, ...]:
    """The names of the probes that fail."""
    return tuple(entry.name for entry in entries if entry.provider == NOBODY)


def missing(lacks: Collection[str], reads: Iterable[str]) -> list[str]:
    """The gaps of an emulator that affect these operations (`ecs:ListTasks`), a phrase for each probe."""
    reads = set(reads)
    return [
        f"{probe.says} ({probe.name})"
        for probe in all_probes()
        if probe.name in lacks and not reads.isdisjoint(shown.partition(" ")[0] for shown in probe.shows)
    ]


def _headers(client: Clients) -> Any:
    """The headers of some response. Raises SandboxError if there is none."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        answer = client("sts").get_caller_identity()
    except ClientError as error:
        answer = error.response
    except BotoCoreError as error:
        raise SandboxError(f"the endpoint does not answer: {error}") from error
    return answer["ResponseMetadata"].get("HTTPHeaders", {})


def _clients(url: str) -> Clients:
    """Clients with invalid keys, without retries and with short timeouts."""
    from botocore.config import Config
    from botocore.session import Session

    session = Session()
    keys: Any = {"aws_access_key_id": "probe", "aws_secret_access_key": "-"}
    config = Config(retries={"total_max_attempts": 1}, connect_timeout=4, read_timeout=30)

    @cache
    def client(service: str) -> Any:
        return session.create_client(service, REGION, endpoint_url=url, config=config, **keys)

    return client


@contextmanager
def _clean_environment() -> Iterator[None]:
    """Removes the user's AWS profiles and endpoints from the environment while the block runs."""
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(without_own(before))
    os.environ |= {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def run(client: Clients, probes: Iterable[Probe]) -> Iterator[Probed]:
    """Runs probes, each under a unique name, and yields the results in order."""
    run_id = secrets.token_hex(3)
    for number, probe in enumerate(probes):
        yield _tried(probe, Bench(client, f"probe-{run_id}-{number}"))


def _tried(probe: Probe, bench: Bench) -> Probed:
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    try:
        return Probed(probe, probe.run(bench))
    except (BotoCoreError, ClientError, ResponseParserError, LookupError, ValueError, TypeError) as error:
        message = " ".join(str(error).split())
        return Probed(probe, False, f"{type(error).__name__}: {message}"[:200])
