"""`labs web`: the learner's desk in the browser."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labs.cli import options, runtime
from labs.cli.history import open_history

if TYPE_CHECKING:
    from labs.aws.session import ConnectionOptions
    from labs.web.desk.desk import Desk

PORT = 8322
"""Next to 8321, the port of the workshop board."""

OneLab = Annotated[
    str | None,
    typer.Argument(metavar="[LAB]", help="Open this lab.", autocompletion=options.complete_lab),
]


def web(
    lab: OneLab = None,
    port: Annotated[
        int, typer.Option("--port", metavar="PORT", min=0, max=65535, help="Listen on this port.")
    ] = PORT,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Print the address, and open no browser.")
    ] = False,
    profile: options.Profile = None,
    region: options.Region = None,
    endpoint_url: options.EndpointUrl = None,
    sandbox: options.UseSandbox = False,
    timeout: options.Timeout = None,
    pack: options.Packs = None,
    trust: options.Trust = False,
) -> None:
    """Open the desk in the browser: brief, live objectives, cards, progress, the sandbox. Stop with Ctrl-C.

    It checks the sandbox, unless an option or your AWS configuration names an account.
    """
    from labs.cli.trust import require_trust
    from labs.content.pack import open_catalog
    from labs.web.desk.desk import Desk
    from labs.web.desk.site import DeskSite
    from labs.web.serve import Listening, serve

    catalog = open_catalog(pack or ())
    if lab is not None:
        catalog.lab(lab)
    in_sandbox = sandbox or not (profile or endpoint_url or (names_account() and not is_sandbox_shell()))

    def connect() -> ConnectionOptions:
        return options.connection(profile, region, endpoint_url, in_sandbox, timeout=timeout)

    if not in_sandbox:
        require_trust(catalog.packs, connect(), trust)
    desk = Desk(
        catalog,
        runtime.home(),
        runtime.now,
        open_history,
        connect,
        in_sandbox,
        _region_and_account(in_sandbox),
        lab,
    )
    site = DeskSite(desk)
    with site.running():
        serve(
            site,
            Listening(port=port),
            lambda addresses: _announce(addresses[0], desk, browser=not no_browser),
        )


def _announce(address: str, desk: Desk, *, browser: bool) -> None:
    """Prints the address of the desk, and opens it in the browser."""
    start, _, token = address.partition("?")
    page = f"{start}{'lab' if desk.first_lab else ''}?{token}"
    where = "the sandbox" if desk.in_sandbox else "the AWS account of this shell"
    typer.echo(f"The desk is at {page}\nIt checks {where}. Stop with Ctrl-C.")
    if browser:
        import webbrowser

        webbrowser.open(page)


def names_account() -> bool:
    """Whether the environment or the AWS CLI's files configure credentials or an endpoint."""
    named = ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_ENDPOINT_URL", "AWS_WEB_IDENTITY_TOKEN_FILE")
    if any(os.environ.get(name) for name in named):
        return True
    config = Path(os.environ.get("AWS_CONFIG_FILE", "~/.aws/config")).expanduser()
    credentials = Path(os.environ.get("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials")).expanduser()
    return config.is_file() or credentials.is_file()


def is_sandbox_shell() -> bool:
    """Whether the environment is the one that `labs sandbox env` prints for the running sandbox."""
    from labs.sandbox import control

    running = control.running(runtime.home())
    return running is not None and all(
        os.environ.get(name) == value for name, value in control.environment(running).items()
    )


def _region_and_account(in_sandbox: bool) -> dict[str, str]:
    from labs.sandbox.client.connection import ACCOUNT, REGION

    return {"account": ACCOUNT, "region": REGION} if in_sandbox else runtime.region_and_account()
