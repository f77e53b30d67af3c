"""Identities of workshops, accounts and checks: a workshop's id, the accounts of its seats and of evidence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

from labs.errors import UsageError
from labs.system.files import create_file
from labs.verdict import LabVerdict
from labs.workshop.ledger_rows import LatestCheck
from labs.workshop.roster import Roster
from labs.workshop.seat_result import Standing

ARN = re.compile(r"arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:([0-9]{12}):")
ARN_FIELD = re.compile(r"arns?(\[[^]]*\])?$", re.IGNORECASE)


def workshop_id(path: Path, roster: Roster, *, create: bool) -> str | None:
    """The id in the roster, or in the file beside it, which `create` writes; None if there is none yet."""
    if roster.id:
        return roster.id
    file = path.with_name(f"{path.name}.id")
    if create and not file.exists():
        try:
            create_file(file, f"{uuid4()}\n".encode(), mode=0o644)
        except OSError as error:
            raise UsageError(
                f'{path} has no id, and {file} cannot be written ({error.strerror}): add id = "..." to the roster'
            ) from error
    with suppress(FileNotFoundError):
        return file.read_text("utf-8").strip()
    return None


def accounts_of(roster: Roster, latest: Mapping[str, LatestCheck]) -> dict[str, str | None]:
    """The account of each seat: as the roster states it, or else as the latest check found it."""
    return {
        seat.name: seat.known_account or (latest[seat.name].account if seat.name in latest else None)
        for seat in roster.seats
    }


def current_standings(
    standings: Iterable[Standing], accounts: Mapping[str, str | None]
) -> dict[str, dict[str, Standing]]:
    """By seat and lab, the latest standing in the seat's account, or else one that was stored without an account."""
    found: dict[str, dict[str, Standing]] = {name: {} for name in accounts}
    for each in standings:
        if each.seat not in accounts:
            continue
        own = found[each.seat]
        if (each.account and each.account == accounts[each.seat]) or (
            not each.account and each.lab not in own
        ):
            own[each.lab] = each
    return found


def other_accounts(roster: Roster, latest: Mapping[str, LatestCheck]) -> list[str]:
    """The seats whose latest check was in another account than the roster states, as sentences."""
    return [
        f"{seat.name}: {before}, now {seat.known_account}"
        for seat in roster.seats
        if seat.known_account
        and seat.name in latest
        and (before := latest[seat.name].account)
        and before != seat.known_account
    ]


def accounts_in_evidence(verdict: LabVerdict) -> set[str]:
    """The accounts of the resources that the evidence names; accounts in the lab's own parameters do not count."""
    given = " ".join(verdict.parameters.values())
    named = {
        account
        for finding in verdict.findings
        for each in finding.evidence
        for account in _arns(each.path, each.value)
    }
    return {account for account in named if account not in given}


def _arns(field: str, value: Any) -> Iterator[str]:
    """The accounts in fields that hold ARNs of resources; the principals of policies are in others."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from _arns(str(key), each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _arns(field, each)
    elif isinstance(value, str) and ARN_FIELD.search(field) and (match := ARN.match(value)):
        yield match[1]
