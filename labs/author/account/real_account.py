"""A real AWS account in which a proof runs scripts and checks, with one set of credentials."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from labs.author.inventory import READS, Inventory
from labs.aws.faults import reason
from labs.aws.read_only_guard import read_only_guard
from labs.aws.request_scope import CheckContext, check_context
from labs.aws.session import AwsSession, ConnectionOptions, open_session
from labs.content.lab import Lab
from labs.content.pack import Catalog
from labs.errors import CouldNotLook, SandboxError, UsageError
from labs.sandbox.commands import AwsCli
from labs.sdk import Leftover
from labs.verdict import Verdict
from labs.verify.cleanup.removal import Removed, Remover
from labs.verify.job import Job
from labs.verify.leftovers import leftovers
from labs.verify.runner import verify_until


@dataclass
class RealAccount:
    """The account that `options` connect to; its ID must be the one in them."""

    catalog: Catalog
    options: ConnectionOptions
    cli: AwsCli
    pause: Callable[[float], None]
    _last: AwsSession | None = None
    unread: set[str] = field(default_factory=set)
    """The actions that were denied while listing resources."""

    def session(self) -> AwsSession:
        """A session without cached answers; reopened if its credentials have expired.

        Raises CouldNotLook without credentials, WrongAccount for another account, UsageError for the sandbox.
        """
        if self._last:
            self._last = self._last.again()
            self._last.identify()
        if self._last is None or self._last.fault():
            self._last = open_session(self.options)
            self._last.identify()
        if fault := self._last.fault():
            raise CouldNotLook(reason(fault).text)
        self._last.refuse_other_account()
        if self._last.target().kind == "sandbox":
            raise UsageError(
                "--account is for an AWS account: without it, `labs test` has a sandbox of its own"
            )
        return self._last

    def names(self, lab: Lab) -> dict[str, str]:
        """The lab's parameters in this account."""
        session = self.session()
        return lab.names({}, account=session.account_id(), region=session.region)

    def run(self, lab: Lab, script: Path, seconds: float) -> str:
        """Runs one of the lab's scripts. Returns the error, else an empty string."""
        with read_only_guard():
            given = {**self._variables(self.session()), **lab.variables(self.names(lab))}
        try:
            return self.cli.run(script, given, seconds=seconds).error(script)
        except SandboxError as error:
            return str(error)

    def create_service_linked_role(self) -> str:
        """Creates ECS's service-linked role. Returns the error, else an empty string."""
        with read_only_guard():
            given = self._variables(self.session())
        ran = self.cli.run(Path(__file__).with_name("service_linked_role.sh"), given)
        return f"the service-linked role could not be created: {ran.output.strip()}" if ran.exit_code else ""

    def verdict(
        self, lab: Lab, unfinished: Callable[[Verdict], bool], seconds: float
    ) -> tuple[list[Job], Verdict, AwsSession]:
        """The verdict on a lab, verified again while `unfinished`, for up to `seconds`; with its jobs and session."""
        with read_only_guard():
            jobs = [Job(lab, self.catalog.verifier(lab))]
            return (
                jobs,
                *verify_until(jobs, self.session(), seconds, unfinished=unfinished, pause=self.pause),
            )

    def leftovers(self, lab: Lab) -> list[Leftover]:
        """The resources of a lab that are in the account."""
        with read_only_guard():
            return leftovers(lab, self.catalog.verifier(lab), {}, self.session())

    def remove(self, lab: Lab) -> Removed:
        """Removes the resources of a lab, except shared ones, which others may use."""

        def find() -> list[Leftover]:
            return [thing for thing in self.leftovers(lab) if not thing.shared]

        with read_only_guard():
            given = self._variables(self.session())
        return Remover(_clients(given), self.pause).remove(find)

    def inventory(self) -> dict[str, str]:
        """All resources that can be listed, by id, with names and tags."""
        with self.reading(READS) as session:
            listed = Inventory(lambda service: session.client(service, session.region), tolerant=True)
            things = listed.things()
        self.unread |= listed.unread
        return things

    @contextmanager
    def reading(self, reads: frozenset[str]) -> Iterator[AwsSession]:
        """A session that allows only these operations."""
        with read_only_guard():
            session = self.session()
            with check_context(CheckContext(session.scope, reads)):
                yield session

    def _variables(self, session: AwsSession) -> dict[str, str]:
        """Environment variables for scripts: keys instead of a profile, because scripts have their own HOME."""
        keys = session.scope.keys
        found = {
            "AWS_ACCESS_KEY_ID": keys.access_key,
            "AWS_SECRET_ACCESS_KEY": keys.secret_key,
            "AWS_SESSION_TOKEN": keys.token,
            "AWS_ENDPOINT_URL": session.endpoint,
            "AWS_DEFAULT_REGION": session.region,
            "AWS_REGION": session.region,
        }
        return {"AWS_PAGER": "", **{name: value for name, value in found.items() if value}}


def _clients(given: Mapping[str, str]) -> Callable[[str], Any]:
    """Unguarded clients, which may write, with the keys and endpoint of the scripts."""
    import boto3

    session = boto3.Session(
        given["AWS_ACCESS_KEY_ID"],
        given["AWS_SECRET_ACCESS_KEY"],
        given.get("AWS_SESSION_TOKEN"),
        given["AWS_REGION"],
    )
    endpoint = given.get("AWS_ENDPOINT_URL")
    return lambda name: session.client(name, endpoint_url=endpoint)  # type: ignore[call-overload] # any service
