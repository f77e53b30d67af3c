"""Options that several commands share, and the values made from them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labs.cli import runtime
from labs.cli.typer_internals import completion_words
from labs.errors import BadParameter, ContentError, Fault, LabsError, SandboxError, UsageError

if TYPE_CHECKING:
    from labs.aws.session import ConnectionOptions
    from labs.content.deck import Deck
    from labs.content.pack import Catalog
    from labs.sandbox.control import Sandbox


class Format(StrEnum):
    """Output formats of a verdict."""

    TEXT = "text"
    JSON = "json"
    JUNIT = "junit"
    MARKDOWN = "markdown"


class TextOrJson(StrEnum):
    """Output formats of all other commands."""

    TEXT = "text"
    JSON = "json"


def complete_lab(incomplete: str) -> list[str]:
    """Shell completion: the labs whose names start with `incomplete`."""
    from labs.content.pack import open_catalog

    return sorted(name for name in open_catalog().labs if name.startswith(incomplete))


def complete_objective(context: typer.Context, incomplete: str) -> list[str]:
    """Shell completion: objectives of the labs on the command line that start with `incomplete`.

    While an option has no value yet, typer parses no arguments, and only the shell's own variables hold them.
    """
    from labs.content.pack import open_catalog

    catalog = open_catalog()
    named = context.params.get("lab") or context.params.get("labs") or []
    words = [named] if isinstance(named, str) else named or completion_words()
    labs = [word for word in words if word in catalog.labs]
    goals = [goal.id for lab in dict.fromkeys(labs) for goal in catalog.lab(lab).task.objectives]
    return [goal for goal in dict.fromkeys(goals) if goal.startswith(incomplete)]


def complete_deck(incomplete: str) -> list[str]:
    """Shell completion: the decks whose names start with `incomplete`."""
    from labs.content.pack import open_catalog

    decks = [path.stem for pack in open_catalog().packs for path in pack.decks.glob("*.md")]
    return sorted(name for name in decks if name.startswith(incomplete))


MAX_NUMBER = 10**9
"""The largest number of seconds, minutes or dollars that an option takes: threads and dates can hold it."""


def number(value: float | None) -> float | None:
    """The value of an option, unchanged. Raises BadParameter for nan and for what is too large."""
    if value is not None and not value <= MAX_NUMBER:  # nan is not, either
        raise typer.BadParameter(f"{value:g} is not a number up to {MAX_NUMBER:,}.")
    return value


def account_id(value: str | None) -> str | None:
    """The value of `--account`, unchanged. Raises BadParameter for the empty one of a variable that is not set."""
    if value is not None and not value.strip():
        raise typer.BadParameter("the account ID is empty.")
    return value


LabName = Annotated[
    str,
    typer.Argument(metavar="LAB", help="Lab name. See `labs list`.", autocompletion=complete_lab),
]
LabNames = Annotated[
    list[str] | None,
    typer.Argument(metavar="LAB...", help="Lab names. See `labs list`.", autocompletion=complete_lab),
]
Packs = Annotated[
    list[Path] | None, typer.Option("--pack", metavar="DIR", help="Also load the pack in DIR. Repeatable.")
]
Parameters = Annotated[
    list[str] | None,
    typer.Option(
        "-p", "--param", metavar="NAME=VALUE", help="Use VALUE for the lab parameter NAME. Repeatable."
    ),
]
Profile = Annotated[str | None, typer.Option("--profile", metavar="NAME", help="Use this AWS profile.")]
Region = Annotated[str | None, typer.Option("--region", metavar="REGION", help="Use this AWS Region.")]
EndpointUrl = Annotated[
    str | None,
    typer.Option(
        "--endpoint-url", metavar="URL", help="Send AWS requests to URL, for example to an emulator."
    ),
]
UseSandbox = Annotated[
    bool, typer.Option("--sandbox", help="Use the running sandbox. Ignores the AWS settings of this shell.")
]
Timeout = Annotated[
    float | None,
    typer.Option(
        "--timeout",
        metavar="SECONDS",
        min=1,
        callback=number,
        help="Spend at most SECONDS. Objectives without a verdict by then are inconclusive. Default: 120.",
    ),
]
Trust = Annotated[
    bool,
    typer.Option("--trust", help="Run the checks of packs that are not installed without asking."),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")]
AsTextOrJson = Annotated[TextOrJson, typer.Option("--format", help="Output format.")]


def help_without_command(context: typer.Context) -> None:
    """Prints the help of a group of commands if it is called without one."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def parameters(given: Iterable[str] | None) -> dict[str, str]:
    """The `-p NAME=VALUE` options by name. Raises BadParameter if one has no `=`."""
    named: dict[str, str] = {}
    for each in given or ():
        name, sign, value = each.partition("=")
        if not sign or not name.strip():
            raise BadParameter(f"-p needs NAME=VALUE, not {each!r}")
        named[name.strip()] = value
    return named


def connection(
    profile: str | None,
    region: str | None,
    endpoint_url: str | None,
    sandbox: bool,
    account: str | None = None,
    timeout: float | None = None,
) -> ConnectionOptions:
    """The connection to the account to check, from the options of a command; `timeout` is in seconds."""
    from labs.aws.limits import RUN_SECONDS
    from labs.aws.session import ConnectionOptions

    environment = None
    if sandbox:
        from labs.sandbox import control

        environment = control.environment(running_sandbox())
    return ConnectionOptions(
        profile, region, endpoint_url, account, environment, runtime.home(), seconds=timeout or RUN_SECONDS
    )


def running_sandbox() -> Sandbox:
    """The running sandbox of this learner. Raises SandboxError if it is not running."""
    from labs.sandbox import control

    found = control.running(runtime.home())
    if found is None:
        raise SandboxError("The sandbox is not running. Start it: labs sandbox start")
    return found


def talks_to(sandbox: Sandbox) -> bool:
    """Whether the environment points the AWS CLI at this sandbox too."""
    return os.environ.get("AWS_ENDPOINT_URL", "").rstrip("/") == sandbox.url.rstrip("/")


def deck(catalog: Catalog, name: str) -> Deck:
    """The deck with this name or file. Raises UsageError if there is none, ContentError if it has no cards."""
    from labs.content.deck import read_deck

    known = catalog.decks()
    path = Path(name)
    for each in known:
        if each.name == name or (each.path and os.path.realpath(each.path) == os.path.realpath(path)):
            return each
    if not os.path.isfile(path):  # noqa: PTH113 - Path.is_file raises for a name that is too long
        names = ", ".join(dict.fromkeys(each.name for each in known)) or "none"
        raise UsageError(f"No deck is named {name!r}. Decks: {names}. You can also name a deck file.")
    found = read_deck(path)
    if not found.cards:
        raise ContentError(*(Fault(f"{path}:{each.line}", each.message) for each in found.problems))
    return found


def make_folder(folder: Path) -> None:
    """Creates a folder that the learner named. Raises LabsError if that fails."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LabsError(f"{folder}: cannot be made: {error.strerror}") from error


def write(path: Path, content: bytes) -> None:
    """Writes a file that the learner named, atomically, where its links lead to. Raises LabsError if that fails."""
    path = Path(os.path.realpath(path))
    new = path.with_name(f".{path.name}.{os.getpid()}") if path.is_file() else path
    try:
        new.write_bytes(content)
        if new != path:
            new.chmod(path.stat().st_mode)
            new.replace(path)
    except OSError as error:
        raise LabsError(f"Cannot write {path}: {error.strerror}") from error


def read(path: Path) -> bytes:
    """The content of a file that the learner named. Raises UsageError if it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"Cannot read {path}: {error.strerror}") from error
