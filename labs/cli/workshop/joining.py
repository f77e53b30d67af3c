"""`labs workshop board --join`: the joining page, set up from the options of the command."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from labs.cli import runtime
from labs.cli.workshop.options import own_account

if TYPE_CHECKING:
    from labs.aws.session import ConnectionOptions
    from labs.web.join_site import JoinSite
    from labs.web.serve import Listening
    from labs.workshop.joining import Joining, JoinRules
    from labs.workshop.workshop_run import WorkshopRun

ROLE_LASTS = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class JoinOptions:
    """The rules of joining, the account that the learners' roles trust, and the time at which the roles expire."""

    rules: JoinRules
    principal: str
    expires: datetime

    def joining(self, roster: Path, run: WorkshopRun, workshop: str, changed: Callable[[], None]) -> Joining:
        """The joining of the workshop that this run checks; `changed` is called after each change of the roster."""
        from labs.workshop.joining import Joining, own_key

        key = own_key(runtime.home(), workshop)
        return Joining(roster, key, run.seat_checker.assume_now, self.rules, changed)

    def site(self, joining: Joining, run: WorkshopRun) -> JoinSite:
        """The site on which learners join."""
        from labs.web.join_site import JoinSite
        from labs.workshop.role import role_template

        reads = {read for job in run.seat_checker.jobs for read in job.verifier.reads}
        return JoinSite(
            joining,
            run.roster.title,
            lambda external_id: role_template(reads, self.principal, external_id, self.expires),
        )


def join_options(connection: ConnectionOptions, code: str | None, *, approve: bool) -> JoinOptions:
    """The options of joining. Raises UsageError for an empty code, and if AWS cannot identify the credentials."""
    from labs.errors import UsageError
    from labs.workshop.joining import JoinRules

    if code is not None and not code.strip():
        raise UsageError("--code is empty: leave it out, or name a code")
    rules = JoinRules(code.strip() if code else None, approve)
    return JoinOptions(rules, own_account(connection), runtime.now() + ROLE_LASTS)


def announce_joining(joining: Joining, addresses: Sequence[str], listening: Listening) -> None:
    """Prints the addresses at which learners join; the board shows the QR code."""
    from labs.web.app import LOOPBACK
    from labs.web.join_site import HOME

    joining.addresses = [f"{address.partition('/?')[0]}{HOME}?token={joining.token}" for address in addresses]
    typer.echo("\n".join(["Learners join at", *(f"  {address}" for address in joining.addresses)]))
    if listening.host in LOOPBACK:
        typer.echo(
            "Only this computer can open it. For others: labs workshop board ROSTER --web --join --host 0.0.0.0"
        )
