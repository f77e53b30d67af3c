"""The records of a workshop as a Markdown table or JSON, each with its receipt."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import msgspec

from labs.aws.redaction import redacted
from labs.show.file_names import file_name
from labs.show.verdict_json import SCHEMA, dumps, lab_document
from labs.show.wording import one_line, plural
from labs.verify.receipt import Receipt, SignedStatement, sign
from labs.workshop.lab_records import LabRecord

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

COLUMNS = ("learner", "account", "lab", "best", "started", "passed", "last check", "cardlabs")


@dataclass(frozen=True, slots=True)
class Signed:
    """A record with the receipt of its check; None if nothing was checked."""

    record: LabRecord
    receipt: Receipt | None

    @property
    def number(self) -> str:
        """A short unique name of the receipt: the beginning of its signature's SHA-256."""
        return hashlib.sha256(self.receipt.signature.encode()).hexdigest()[:16] if self.receipt else ""

    @property
    def file(self) -> str:
        """The name of the receipt's file: learner, lab and number."""
        return f"{file_name(self.record.seat)}-{self.record.lab}-{self.number}.json"


def statement(title: str, workshop: str, record: LabRecord, version: str) -> SignedStatement | None:
    """The signed part of a record: account, time and verdict of one check, without secrets, always the same.

    None if nothing was checked, or if the account is uncertain.
    """
    if record.proof is None or record.unsigned_because:
        return None
    verdict = {
        "schema": SCHEMA,
        "workshop": title,
        "workshop_id": workshop,
        "seat": record.seat,
        "at": record.proof.at.isoformat(),
        "cardlabs": record.proof.version or None,
        "target": {"kind": None, "account": record.account, "region": record.proof.region or None},
        "labs": [lab_document(record.proof.verdict)],
        "error": None,
    }
    signed_at = f"{record.proof.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return SignedStatement(redacted(json.loads(dumps(verdict))), signed_at, record.proof.version or version)


def sign_records(
    title: str, workshop: str, records: Iterable[LabRecord], signer: Ed25519PrivateKey, version: str
) -> list[Signed]:
    """Each record, with a receipt if there is something to sign."""
    statements = ((each, statement(title, workshop, each, version)) for each in records)
    return [Signed(each, sign(content, signer) if content else None) for each, content in statements]


def report(
    title: str, records: Iterable[Signed], now: datetime, key: str = "", folder: Path | None = None
) -> Iterator[str]:
    """Lines of Markdown; times are in UTC. Receipts, signed by this key, are linked if they are in a folder."""
    yield f"# {_cell(title)}"
    yield ""
    yield f"Created {_moment(now)}. All times are UTC. The last column is the cardlabs version that ran the check."
    if folder:
        yield f"Receipts are signed by key {key}; `labs receipt verify FILE` says whether one was changed."
    yield ""
    records = list(records)
    yield from _summary([each.record for each in records])
    yield from ("## Records", "")
    columns = [*COLUMNS, *(["receipt"] if folder else [])]
    yield f"| {' | '.join(columns)} |"
    yield f"|{'---|' * len(columns)}"
    for each in records:
        cells = [*_cells(each.record), *([_link(each, folder)] if folder else [])]
        yield f"| {' | '.join(cells)} |"


def _summary(records: Sequence[LabRecord]) -> Iterator[str]:
    """The number of learners who passed each lab, and each learner's total."""
    of_lab, of_seat = _grouped(records, "lab"), _grouped(records, "seat")
    all_passed = sum(all(each.passed for each in own) for own in of_seat.values())
    yield f"{all_passed} of {plural(len(of_seat), 'learner')} passed every lab."
    yield ""
    yield from ("| lab | passed | of | share |", "|---|---|---|---|")
    for lab, own in of_lab.items():
        passed = sum(each.passed is not None for each in own)
        yield f"| {_cell(lab)} | {passed} | {len(own)} | {100 * passed // len(own)} % |"
    yield ""
    yield from ("| learner | labs passed | points |", "|---|---|---|")
    for seat, own in of_seat.items():
        passed = sum(each.passed is not None for each in own)
        yield f"| {_cell(seat)} | {passed} of {len(own)} | {sum(each.best for each in own)} |"
    yield ""


def _grouped(records: Sequence[LabRecord], field: str) -> dict[str, list[LabRecord]]:
    found: dict[str, list[LabRecord]] = {}
    for each in records:
        found.setdefault(getattr(each, field), []).append(each)
    return found


def _link(signed: Signed, folder: Path) -> str:
    return f"[{signed.number}]({quote((folder / signed.file).as_posix())})" if signed.receipt else ""


def json_text(title: str, records: Iterable[Signed], now: datetime, key: str, version: str) -> Iterator[str]:
    """The same as one JSON document in parts, each record with its receipt."""
    head = {"schema": SCHEMA, "workshop": title, "at": now.isoformat(), "cardlabs": version, "key": key}
    yield dumps(head).removesuffix("\n}") + ',\n"records": ['
    before = "\n"
    for each in records:
        yield before + dumps(_document(each))
        before = ",\n"
    yield "\n]\n}\n"


def _document(signed: Signed) -> dict[str, Any]:
    each = signed.record
    return {
        "seat": each.seat,
        "account": each.account,
        "lab": each.lab,
        "best": each.best,
        "total": each.total,
        "begun": each.started,
        "passed": each.passed,
        "looked": each.checked,
        "cardlabs": (each.proof.version or None) if each.proof else None,
        "receipt": msgspec.to_builtins(signed.receipt),
    }


def _cells(each: LabRecord) -> list[str]:
    score = f"{each.best}/{each.total}" if each.total else "not seen"
    moments = [_moment(at) for at in (each.started, each.passed, each.checked)]
    version = each.proof.version if each.proof else ""
    account = each.account or ("not recorded" if each.proof else "")
    return [*map(_cell, (each.seat, account, each.lab, score)), *moments, _cell(version)]


def _moment(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M}" if at else ""


def _cell(text: str) -> str:
    escaped = one_line(text).replace("\\", "\\\\").replace("|", "\\|")
    return escaped.replace("<", "&lt;").replace("[", "\\[").replace("`", "\\`")
