"""Records: verdicts with all answers that they rest on, to be replayed offline and without credentials."""

from __future__ import annotations

import ast
import inspect
import secrets
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from labs.aws.faults import reason
from labs.aws.pack_checks import verifier_of
from labs.aws.redaction import Redaction
from labs.aws.session import AwsSession
from labs.content.lab import Lab
from labs.content.links import objective_cards
from labs.content.pack import Catalog
from labs.errors import ContentError, Fault, LabsError, UsageError
from labs.verdict import Verdict
from labs.verify.emulator_gaps import known
from labs.verify.job import Job
from labs.verify.replay import RecordedAnswer, answers, recorded_session
from labs.verify.runner import verify

MAX_BYTES = 64 * 1024 * 1024
"""Maximum size of a record; a larger file is not read."""

EXAMPLE_ACCOUNT = "123456789012"
"""The account ID in the examples of AWS's documentation."""

State = Literal["passed", "failed", "blocked", "inconclusive"]


class RecordedLab(msgspec.Struct, frozen=True):
    """A checked lab: the given parameters, the selected objectives, and the states."""

    lab: str
    given: dict[str, str]
    only: tuple[str, ...]
    states: dict[str, State]
    pack: str = ""
    """The pack of the lab, with its version."""


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a verdict rests on. The states of a lab are those of this version, or as settled in a dispute."""

    schema: Annotated[int, msgspec.Meta(ge=1, le=1)] = 1
    cardlabs: str
    at: datetime
    kind: Literal["aws", "sandbox"]
    region: str
    endpoint: str | None
    fault: str = ""
    lacks: tuple[str, ...] | None = None
    labs: Annotated[tuple[RecordedLab, ...], msgspec.Meta(min_length=1)]
    verdict: dict[str, Any]
    answers: tuple[RecordedAnswer, ...]


def record(
    jobs: Iterable[Job],
    session: AwsSession,
    verdict: Verdict,
    *,
    document: dict[str, Any],
    at: datetime,
    version: str,
    salt: bytes = b"",
) -> Record:
    """The record of a verdict of this session; `document` is the verdict in the format of `--format json`."""
    jobs = list(jobs)
    without_secrets = Redaction(salt or secrets.token_bytes(16), named_words(jobs))
    found = states(verdict)
    fault = session.fault()
    recorded = tuple(answers(session.scope, without_secrets))
    return Record(
        cardlabs=version,
        at=at,
        kind=verdict.target.kind,
        region=session.region,
        endpoint=session.endpoint,
        fault=reason(fault).text if fault and not recorded else "",
        lacks=known(session),
        labs=tuple(
            RecordedLab(job.lab.id, dict(job.given), job.only, found[job.lab.id], job.lab.pack)
            for job in jobs
        ),
        verdict=without_secrets(document),
        answers=recorded,
    )


def named_words(jobs: Iterable[Job]) -> frozenset[str]:
    """The texts that checks may compare with: string literals in their modules, and the lab's parameters."""
    words = {value for job in jobs for value in {**job.lab.task.parameters, **job.given}.values()}
    files = {file for job in jobs for file in _check_files(job)}
    for file in {*files, *(shared for each in files for shared in each.parent.glob("_*.py"))}:
        tree = ast.parse(file.read_text("utf-8"))
        words |= {
            each.value
            for each in ast.walk(tree)
            if isinstance(each, ast.Constant) and isinstance(each.value, str)
        }
    return frozenset(words)


def _check_files(job: Job) -> list[Path]:
    if job.verifier.file:
        return [job.verifier.file]
    checks = [each.check for each in job.objectives()]
    return [Path(inspect.getfile(getattr(check, "func", check))) for check in checks]


def replay(kept: Record, catalog: Catalog) -> Verdict:
    """The verdict of this version's checks on the recorded answers. Must be called inside the read-only guard."""
    session = recorded_session(
        kept.answers, kept.region, kept.endpoint, sandbox=kept.kind == "sandbox", fault=kept.fault
    )
    session.lacks, session.at = kept.lacks, kept.at
    decks = catalog.decks()
    jobs = []
    for each in kept.labs:
        lab = _lab(each, catalog)
        jobs.append(Job(lab, verifier_of(catalog, lab), each.given, each.only, objective_cards(lab, decks)))
    return verify(jobs, session)


def _lab(recorded: RecordedLab, catalog: Catalog) -> Lab:
    """The lab of a record. Raises UsageError if its pack is not installed."""
    if recorded.lab not in catalog.labs and recorded.pack:
        raise UsageError(f"{recorded.lab} is a lab of pack {recorded.pack}, which is not installed")
    return catalog.lab(recorded.lab)


def states(verdict: Verdict) -> dict[str, dict[str, State]]:
    """The state of each objective of each lab."""
    return {lab.lab: {each.id: each.state.value for each in lab.findings} for lab in verdict.labs}


def differences(kept: Record, verdict: Verdict) -> list[str]:
    """The objectives whose state differs between record and replay, as sentences."""
    now = states(verdict)
    changed = []
    for lab in kept.labs:
        for objective in dict.fromkeys([*lab.states, *now[lab.lab]]):
            then, here = lab.states.get(objective, "not there"), now[lab.lab].get(objective, "not there")
            if then != here:
                changed.append(f"{lab.lab} {objective}: recorded as {then}, now {here}")
    return changed


def other_packs(kept: Record, catalog: Catalog) -> list[str]:
    """The labs whose pack or its version differs from the record, as sentences."""
    packs = {each.lab: (each.pack, catalog.lab(each.lab).pack) for each in kept.labs}
    return [
        f"{lab}: recorded with {then}, judged by {now}"
        for lab, (then, now) in packs.items()
        if then and then != now
    ]


def settled(kept: Record, expected: dict[str, State]) -> Record:
    """The record with corrected states by objective. Raises ContentError for an unknown objective."""
    known = {objective for lab in kept.labs for objective in lab.states}
    unknown = sorted(expected.keys() - known)
    if unknown:
        raise ContentError(
            Fault("record", f"no objective {', '.join(unknown)}; it has {', '.join(sorted(known))}")
        )
    labs = tuple(
        msgspec.structs.replace(
            lab, states={name: expected.get(name, state) for name, state in lab.states.items()}
        )
        for lab in kept.labs
    )
    return msgspec.structs.replace(kept, labs=labs)


def without_account(kept: Record, account: str) -> Record:
    """The record with EXAMPLE_ACCOUNT in place of the account ID."""
    text = msgspec.json.encode(kept).decode().replace(account, EXAMPLE_ACCOUNT)
    return msgspec.json.decode(text, type=Record)


def write(kept: Record, path: Path) -> None:
    """Writes a record to a file, indented for reading and diffs. Raises LabsError if that fails."""
    whole = msgspec.json.format(msgspec.json.encode(kept), indent=1) + b"\n"
    try:
        path.write_bytes(whole)
    except OSError as error:
        raise LabsError(f"{path}: cannot be written: {error.strerror}") from error


def read(path: Path) -> Record:
    """The record in a file. Raises ContentError if it is not one."""
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ContentError(Fault(str(path), error.strerror or str(error))) from error
    if len(raw) > MAX_BYTES:
        raise ContentError(Fault(str(path), f"more than {MAX_BYTES >> 20} MiB: this is not a record"))
    try:
        return msgspec.json.decode(raw, type=Record)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ContentError(
            Fault(str(path), f"this is not a record of `labs check --record`: {error}")
        ) from error
