"""Reads a roster: the seats of a workshop, and how to open each one's account.

As TOML, a `[[seats]]` (or `[[seat]]`) table for each learner; as CSV, a row for each, with a header line, separated
by commas, semicolons or tabs. Fields, all of them text: `name`, and one of `profile`, `role_arn` (with `external_id`),
`role` (a role's name, with `account`) or nothing (the ambient credentials); `account`, `region`, `endpoint_url`,
`prefix` as needed; parameters as a table `parameters`, in CSV as columns `param:NAME`. Other fields and columns
(email, id, group) are kept and passed on to exports. A TOML file may also say the `id` and `title` of the workshop,
the `labs` that it is about, and in `[defaults]` what holds for every seat that does not say otherwise. Learners who
joined by themselves are seats too (`joined_seats`).

A roster that cannot be understood is refused with every fault. A seat whose values cannot be right (a malformed ARN)
keeps its `fault`, and is inconclusive: one broken seat spoils no other.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from labs.content.lab import Lab
from labs.errors import ContentError, Fault
from labs.sdk.answers import partition_of
from labs.system.files import read_text, refuse_long_keys
from labs.workshop.joined_seats import joined_file, read_joined
from labs.workshop.roster_csv import Row, csv_rows

FIELDS = ("name", "profile", "role_arn", "role", "external_id", "account", "region", "endpoint_url", "prefix")
WAYS_IN = ("profile", "role_arn", "role", "external_id", "account")
NEVER_EMPTY = (*WAYS_IN, "region", "endpoint_url")
ACCOUNT = re.compile(r"[0-9]{12}")
ROLE_NAME = re.compile(r"[\w+=,.@/-]{1,512}")
ROLE = re.compile(r"arn:aws[a-z-]*:iam::([0-9]{12}):role/[\w+=,.@/-]+")
REGION = re.compile(r"[a-z]{2,}(-[a-z]+)+-[0-9]+")
ENDPOINT = re.compile(r"https?://[^\s/]+.*")


@dataclass(frozen=True, slots=True)
class Seat:
    """One learner and the way into their account; `fault` is the reason if the roster shows that it cannot work."""

    name: str
    profile: str | None = None
    role_arn: str | None = None
    role: str | None = None
    external_id: str | None = None
    account: str | None = None
    region: str | None = None
    endpoint_url: str | None = None
    prefix: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, str] = field(default_factory=dict)
    """Other columns of the roster, such as email and group."""
    fault: str | None = None

    @property
    def known_account(self) -> str | None:
        """The account, if the roster states it."""
        role = ROLE.fullmatch(self.role_arn) if self.role_arn else None
        return self.account or (role[1] if role else None)

    def given(self, lab: Lab) -> dict[str, str]:
        """The learner's own names for a lab's parameters."""
        own = {name: text for name, text in self.parameters.items() if name in lab.task.parameters}
        return lab.prefixed(self.prefix, own)


@dataclass(frozen=True, slots=True)
class Roster:
    """The seats of a workshop, in the order of the file."""

    title: str
    seats: tuple[Seat, ...]
    labs: tuple[str, ...] = ()
    """The labs of the workshop; empty means all."""
    id: str | None = None
    """Distinguishes workshops with the same title."""
    defaults: Mapping[str, Any] = field(default_factory=dict)
    """Default fields of seats that join."""

    def joining_seat(self, name: str, role_arn: str, external_id: str | None) -> Seat:
        """The seat of a learner who joins by this role."""
        return _seat({**self.defaults, "name": name, "role_arn": role_arn, "external_id": external_id})


def read_roster(path: Path, *, may_be_empty: bool = False) -> Roster:
    """The roster in a TOML or CSV file, including learners who joined.

    Raises ContentError with every fault, each with its line or seat.
    """
    try:
        text = read_text(path, "utf-8-sig")
    except OSError as error:
        raise ContentError(Fault(str(path), error.strerror or str(error))) from error
    except UnicodeDecodeError as error:
        what = f"byte {error.start + 1} is not UTF-8. Save the file as UTF-8 (in Excel: CSV UTF-8)"
        raise ContentError(Fault(str(path), what)) from error
    labs: tuple[str, ...] = ()
    id_ = None
    defaults: dict[str, Any] = {}
    if is_table := path.suffix.lower() in {".csv", ".tsv"}:
        title, rows = path.stem, list(csv_rows(path, text, FIELDS))
    else:
        title, labs, id_, rows, defaults = _toml_rows(path, text)
    rows += _joined_rows(path, defaults)
    faults = [*_faults(rows or [(f"{path}: defaults", {**defaults, "name": "whoever joins"})])]
    if not rows and not may_be_empty:
        seat = "row" if is_table else "[[seats]] table"
        faults.append(Fault(str(path), f"The roster has no seats. Add a {seat} for each learner."))
    if faults:
        raise ContentError(*faults)
    seats = [_seat(row) for _, row in rows]
    same = [*_same_seats((where, seat) for (where, _), seat in zip(rows, seats, strict=True))]
    if same:
        raise ContentError(*same)
    return Roster(title, tuple(seats), labs, id_, defaults)


def _joined_rows(path: Path, defaults: Mapping[str, Any]) -> list[Row]:
    """The learners who joined and are not waiting for approval."""
    return [
        (f"{joined_file(path)}: {each.name}", {**defaults, **about})
        for each in read_joined(path)
        if not each.waiting
        for about in [{"name": each.name, "role_arn": each.role_arn, "external_id": each.external_id}]
    ]


def _toml_rows(path: Path, text: str) -> tuple[str, tuple[str, ...], str | None, list[Row], dict[str, Any]]:
    """Title, labs, id, seats, and the defaults of seats that join."""
    try:
        document = tomllib.loads(refuse_long_keys(text))
    except (ValueError, RecursionError) as error:  # TOML's errors, and a number of too many digits
        raise ContentError(Fault(str(path), str(error))) from error
    seats = document.pop("seats", None) or document.pop("seat", [])
    title = document.pop("title", path.stem)
    labs = document.pop("labs", [])
    id_ = document.pop("id", None)
    defaults = document.pop("defaults", {})
    faults = [Fault(f"{path}: {key}", "unknown key") for key in document]
    if not isinstance(title, str) or not title.strip():
        faults.append(Fault(f"{path}: title", "a text is expected"))
    if id_ is not None and (not isinstance(id_, str) or not id_.strip()):
        faults.append(Fault(f"{path}: id", "a text is expected"))
    if not isinstance(defaults, dict) or "name" in defaults:
        faults.append(
            Fault(f"{path}: defaults", "a table is expected, of what holds for every seat but its name")
        )
    if not isinstance(labs, list) or not all(isinstance(lab, str) for lab in labs):
        faults.append(Fault(f"{path}: labs", "a list of labs' names is expected"))
    if not isinstance(seats, list) or not all(isinstance(seat, dict) for seat in seats):
        faults.append(Fault(f"{path}: seats", "a [[seats]] table is expected for each learner"))
    if faults:
        raise ContentError(*faults)
    rows = [(f"{path}: seat {number}", {**defaults, **seat}) for number, seat in enumerate(seats, 1)]
    own = {key: value for key, value in defaults.items() if key not in WAYS_IN}
    return title, tuple(labs), id_, rows, own


def _faults(rows: Iterable[Row]) -> Iterator[Fault]:
    """The faults for which the whole roster is refused."""
    seen: dict[str, str] = {}
    for where, row in rows:
        name = row.get("name")
        if not isinstance(name, str) or not name.strip():
            yield Fault(where, "a seat needs a name")
        elif "\0" in name:
            yield Fault(where, f"{name!r} holds a NUL, which no database keeps")
        elif name in seen:
            yield Fault(where, f"{name!r} is there already, at {seen[name]}")
        else:
            seen[name] = where
        yield from _type_faults(where, row)


def _same_seats(seats: Iterable[tuple[str, Seat]]) -> Iterator[Fault]:
    """Seats whose work is indistinguishable: the same account, region and names."""
    seen: dict[tuple[object, ...], str] = {}
    for where, seat in seats:
        if seat.fault:
            continue
        way_in = seat.known_account or seat.profile
        names = (seat.prefix, tuple(sorted(seat.parameters.items())))
        other = seen.setdefault((way_in, seat.region, seat.endpoint_url, names), seat.name)
        if other != seat.name:
            advice = "give one of them a prefix, or correct its account"
            yield Fault(where, f"{seat.name!r} has the same account and names as {other!r}: {advice}")


def _type_faults(where: str, row: Mapping[str, Any]) -> Iterator[Fault]:
    for key in FIELDS:
        if key in row and not isinstance(row[key], str):
            advice = ": account numbers are text, write them in quotes" if key == "account" else ""
            yield Fault(where, f"{key} must be text, not {row[key]!r}{advice}")
    for key in sorted(row.keys() - {*FIELDS, "parameters"}):
        if not isinstance(row[key], str | int | float | bool):
            yield Fault(where, f"{key} must be one value, not {row[key]!r}")
    parameters = row.get("parameters", {})
    if not isinstance(parameters, dict) or not all(isinstance(value, str) for value in parameters.values()):
        yield Fault(where, "parameters must be a table of texts")


def _seat(row: Mapping[str, Any]) -> Seat:
    own = {key: value for key, value in row.items() if key in FIELDS or key == "parameters"}
    extra = {key: str(value) for key, value in row.items() if key not in own}
    seat = Seat(**own, extra=extra)
    problem = next(_problems(seat), None)
    if problem:
        return replace(seat, fault=problem)
    return replace(seat, role_arn=_arn_of(seat)) if seat.role else seat


def _arn_of(seat: Seat) -> str:
    """The ARN of a role that is given by name and account."""
    return f"arn:{partition_of(seat.region or '')}:iam::{seat.account}:role/{seat.role}"


def _problems(seat: Seat) -> Iterator[str]:
    """The reasons why this seat cannot be checked, from the roster alone."""
    for key in NEVER_EMPTY:
        if getattr(seat, key) == "":
            yield f"{key} is empty: leave it out for your own credentials and defaults"
    if seat.profile and seat.role_arn:
        yield "Set either profile or role_arn, not both."
    yield from _role_problems(seat)
    if seat.external_id and not (seat.role_arn or seat.role):
        yield "an external_id goes with a role"
    role = ROLE.fullmatch(seat.role_arn) if seat.role_arn else None
    if seat.role_arn and role is None:
        yield f"{seat.role_arn!r} is not the ARN of a role"
    if seat.account and not ACCOUNT.fullmatch(seat.account):
        shortened = re.fullmatch(r"[0-9]{1,11}|[0-9.,]+E\+[0-9]+", seat.account)
        advice = ". A spreadsheet shortens it unless its column is text" if shortened else ""
        yield f"{seat.account!r} is not an account number: twelve digits{advice}"
    if role and seat.account and role[1] != seat.account:
        yield f"the role belongs to account {role[1]}, not to {seat.account}"
    if seat.region and not REGION.fullmatch(seat.region):
        yield f"{seat.region!r} is not the name of a Region"
    if seat.endpoint_url and not ENDPOINT.fullmatch(seat.endpoint_url):
        yield f"{seat.endpoint_url!r} is not the URL of an endpoint"


def _role_problems(seat: Seat) -> Iterator[str]:
    """The fault of a role that is given by its name."""
    if not seat.role:
        return
    if seat.role_arn or seat.profile:
        yield "Set either role, role_arn or profile."
    if not seat.account:
        yield "a role is named: its account is needed"
    if not ROLE_NAME.fullmatch(seat.role):
        yield f"{seat.role!r} cannot be the name of a role"
