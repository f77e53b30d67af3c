"""`labs workshop import`: prints a roster from AWS Organizations or IAM Identity Center."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from labs.cli import options
from labs.errors import CouldNotLook, UsageError

if TYPE_CHECKING:
    from labs.aws.session import ConnectionOptions
    from labs.workshop.directory import Person


def import_roster(
    organization: Annotated[
        str | None,
        typer.Option(
            "--organization",
            metavar="OU",
            help="Use the accounts of this unit or root, and below.",
        ),
    ] = None,
    identity_center: Annotated[
        str | None,
        typer.Option(
            "--identity-center", metavar="GROUP", help="Use the members of the group with this name."
        ),
    ] = None,
    role: Annotated[
        str, typer.Option("--role", metavar="NAME", help="Assume this role in each account.")
    ] = "labs-check",
    external_id: Annotated[
        str | None, typer.Option("--external-id", metavar="ID", help="Use this external ID.")
    ] = None,
    profile: options.Profile = None,
    region: options.Region = None,
    endpoint_url: options.EndpointUrl = None,
    sandbox: options.UseSandbox = False,
) -> None:
    """Print a roster of the accounts of an organizational unit, or of the members of an Identity Center group.

    Reads only. The credentials are those of the organization's management account, or for --organization those of a
    delegated administrator. Members of a group need one account that is assigned to them alone.
    """
    from labs.workshop.directory import GROUP_READS, ORGANIZATION_READS, of_group, of_organization, roster_of

    if (organization is None) == (identity_center is None):
        raise UsageError("give one of --organization OU and --identity-center GROUP")
    connection = options.connection(profile, region, endpoint_url, sandbox)
    title, reads = (organization, ORGANIZATION_READS) if organization else (identity_center, GROUP_READS)
    assert title is not None
    read = of_organization if organization else of_group
    people = _read(connection, reads, lambda client: read(client, title))
    typer.echo("\n".join(roster_of(people, title, role, external_id)))
    if not people:
        raise typer.Exit(1)


def _read(
    connection: ConnectionOptions,
    reads: frozenset[str],
    find: Callable[[Callable[[str], Any]], Iterator[Person]],
) -> list[Person]:
    """The result of `find`, called with clients that allow only these reads. Raises CouldNotLook with the reason."""
    from labs.aws.faults import reason
    from labs.aws.read_only_guard import read_only_guard
    from labs.aws.request_scope import CheckContext, check_context
    from labs.aws.session import open_session

    with read_only_guard():
        session = open_session(connection)
        try:
            with check_context(CheckContext(session.scope, reads)):
                return list(find(lambda service: session.client(service, session.region)))
        except UsageError:
            raise
        except Exception as error:
            raise CouldNotLook(reason(error, reads).text) from error
