"""`labs workshop export`, `report` and `role`: files for others to use."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labs.cli import options, runtime
from labs.cli.workshop.options import RosterFile, chosen_labs, open_ledger, own_account, warn, write_out
from labs.errors import UsageError

if TYPE_CHECKING:
    from labs.show.records_text import Signed
    from labs.workshop.lab_records import LabRecord


class ExportFormat(StrEnum):
    """Output formats of `labs workshop export`."""

    JSON = "json"
    CSV = "csv"
    HTML = "html"
    JUNIT = "junit"
    GRADES = "grades"


class TemplateFormat(StrEnum):
    """Output formats of `labs workshop role`."""

    JSON = "json"
    YAML = "yaml"


class RecordFormat(StrEnum):
    """Output formats of `labs workshop report`."""

    MARKDOWN = "markdown"
    JSON = "json"


def export_round(
    roster: RosterFile,
    labs: options.LabNames = None,
    format_: Annotated[ExportFormat, typer.Option("--format", help="Output format.")] = ExportFormat.CSV,
    pack: options.Packs = None,
) -> None:
    """Export the latest results of each seat without checking again."""
    from labs.content.pack import open_catalog
    from labs.show import round_files
    from labs.show.grades_file import grades_csv
    from labs.web import report as html
    from labs.workshop.grades import grades
    from labs.workshop.roster import read_roster
    from labs.workshop.seat_result import Summary

    people = read_roster(roster)
    ledger, names = open_ledger(roster, people), chosen_labs(open_catalog(pack or ()), people, labs or [])

    results = partial(ledger.results, people, names)
    summary = Summary.of(results())
    match format_:
        case ExportFormat.JSON:
            write_out(round_files.json_text(results(), summary, 0.0))
        case ExportFormat.CSV:
            write_out(round_files.csv_text(results()))
        case ExportFormat.HTML:
            write_out(html.page(people.title, names, results(), summary, runtime.now()))
        case ExportFormat.JUNIT:
            write_out(round_files.junit_text(results()))
        case ExportFormat.GRADES:
            write_out(grades_csv(grades(ledger, people, names), names))


ReceiptsFolder = Annotated[
    Path | None,
    typer.Option("--receipts", metavar="DIR", help="Also write each receipt to a file in DIR."),
]
CertificatesFolder = Annotated[
    Path | None,
    typer.Option("--certificates", metavar="DIR", help="Write a page for each passed lab to DIR."),
]
KeyFile = Annotated[
    Path | None,
    typer.Option(
        "--key", metavar="PEM", help="Sign with this Ed25519 key. Default: the key of this computer."
    ),
]


def report(
    roster: RosterFile,
    labs: options.LabNames = None,
    format_: Annotated[RecordFormat, typer.Option("--format", help="Output format.")] = RecordFormat.MARKDOWN,
    receipts: ReceiptsFolder = None,
    certificates: CertificatesFolder = None,
    key: KeyFile = None,
    pack: options.Packs = None,
) -> None:
    """Report who passed which lab and when, with signed receipts. Nothing is checked again."""
    from labs import __version__
    from labs.content.pack import open_catalog
    from labs.show import records_text
    from labs.workshop.lab_records import lab_records
    from labs.workshop.roster import read_roster

    people, now = read_roster(roster), runtime.now()
    catalog = open_catalog(pack or ())
    names = chosen_labs(catalog, people, labs or [])
    ledger = open_ledger(roster, people)
    found = lab_records(ledger, people, names)
    if format_ is RecordFormat.MARKDOWN and receipts is None and certificates is None:
        unsigned = [records_text.Signed(each, None) for each in found]
        write_out(f"{line}\n" for line in records_text.report(people.title, unsigned, now))
        return
    signed, whose = _signed(people.title, ledger.workshop, found, key)
    if receipts is not None:
        _write_receipts(receipts, signed)
    if certificates is not None:
        titles = {name: catalog.lab(name).task.title for name in names}
        _write_certificates(certificates, signed, titles, people.title, whose)
    if format_ is RecordFormat.JSON:
        write_out(records_text.json_text(people.title, signed, now, whose, __version__))
    else:
        lines = records_text.report(people.title, signed, now, whose, receipts)
        write_out(f"{line}\n" for line in lines)


def _signed(
    title: str, workshop: str, found: Iterable[LabRecord], key: Path | None
) -> tuple[list[Signed], str]:
    """The records with their receipts, and the fingerprint of the signing key."""
    from labs import __version__
    from labs.show.records_text import sign_records
    from labs.verify import receipt

    signer = receipt.private_key(key) if key else receipt.own_key(runtime.home())
    records = list(found)
    for each in records:
        if each.unsigned_because:
            warn(f"{each.seat}, {each.lab}: not signed, {each.unsigned_because}")
    signed = sign_records(title, workshop, records, signer, __version__)
    return signed, receipt.fingerprint(signer.public_key().public_bytes_raw())


def _write_receipts(folder: Path, records: Iterable[Signed]) -> None:
    """Writes each receipt to a file. Raises LabsError if the folder cannot be written."""
    from labs.verify import receipt

    options.make_folder(folder)
    for each in records:
        if each.receipt is not None:
            options.write(folder / each.file, receipt.dump(each.receipt).encode() + b"\n")


def _write_certificates(
    folder: Path, records: Iterable[Signed], titles: Mapping[str, str], workshop: str, key: str
) -> None:
    """Writes a page with its receipt for each passed lab. Raises LabsError if the folder cannot be written."""
    from labs.verify import receipt
    from labs.web.templating import render

    options.make_folder(folder)
    for each in records:
        if each.receipt is not None and each.record.passed:
            carried = receipt.dump(each.receipt).replace("<", "\\u003c")
            about = {"record": each.record, "lab": titles[each.record.lab], "workshop": workshop, "key": key}
            page = render("certificate.html", receipt=carried, **about)
            options.write(folder / f"{Path(each.file).stem}.html", page.encode())


Principal = Annotated[
    str | None,
    typer.Option(metavar="ARN", help="Allow this account, user or role. Default: your account."),
]
ExternalId = Annotated[
    str | None,
    typer.Option(
        metavar="ID",
        help="Require this external ID, which the roster must name too. Default: a random one.",
    ),
]
SharedRoster = Annotated[
    Path | None,
    typer.Option(
        "--roster", metavar="ROSTER", help="Require the external ID that all seats of this roster share."
    ),
]
Days = Annotated[
    float,
    typer.Option(
        metavar="DAYS", min=0.01, max=365, callback=options.number, help="Let the role expire after DAYS."
    ),
]


def role(
    labs: options.LabNames = None,
    principal: Principal = None,
    external_id: ExternalId = None,
    roster: SharedRoster = None,
    days: Days = 7,
    profile: options.Profile = None,
    sandbox: options.UseSandbox = False,
    format_: Annotated[TemplateFormat, typer.Option("--format", help="Output format.")] = TemplateFormat.JSON,
    pack: options.Packs = None,
) -> None:
    """Print the CloudFormation template of the role that learners deploy. It allows only the reads of these labs.

    Each learner deploys it (aws cloudformation deploy --capabilities CAPABILITY_NAMED_IAM) and sends its RoleArn.
    """
    import secrets
    from datetime import timedelta

    from labs.aws.pack_checks import verifier_of
    from labs.content.pack import open_catalog
    from labs.show import verdict_json
    from labs.workshop.role import role_template

    catalog = open_catalog(pack or ())
    chosen = [catalog.lab(name) for name in labs] if labs else catalog.all()
    reads = {read for lab in chosen for read in verifier_of(catalog, lab).reads}
    who = principal or own_account(options.connection(profile, None, None, sandbox))
    secret = external_id or _external_id(roster) or secrets.token_urlsafe(18)
    template = role_template(reads, who, secret, runtime.now() + timedelta(days=days))
    if format_ is TemplateFormat.YAML:
        import yaml

        plain = json.loads(
            verdict_json.dumps(template)
        )  # a copy without shared objects, which YAML would write as aliases
        typer.echo(yaml.safe_dump(plain, sort_keys=False, width=100), nl=False)
    else:
        typer.echo(verdict_json.dumps(template))
    if secret not in (external_id, _external_id(roster)):
        typer.echo(f'labs: add this to the roster: [defaults] external_id = "{secret}"', err=True)


def _external_id(roster: Path | None) -> str | None:
    """The external ID that all seats of a roster share; None without a roster. Raises UsageError if they share none."""
    from labs.workshop.roster import read_roster

    if roster is None:
        return None
    found = {seat.external_id for seat in read_roster(roster).seats}
    if len(found) != 1 or None in found:
        raise UsageError(f"{roster}: the seats do not share one external_id")
    return found.pop()
