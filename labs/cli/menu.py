"""The commands by name, as `labs --help` lists them; each is imported when it is called, for a quick start."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from labs.cli.typer_internals import completion_item, convert_without_pydantic

convert_without_pydantic()


class MenuEntry(NamedTuple):
    """A command's line in the help, and its function (or the app of a group) as `module:name` in `labs.cli`."""

    line: str
    place: str


MENU: dict[str, dict[str, MenuEntry]] = {
    "Labs": {
        "list": MenuEntry("List labs and decks with your progress.", "learn:list_labs"),
        "show": MenuEntry("Show the brief of a lab.", "learn:show"),
        "start": MenuEntry("Start an attempt at a lab.", "learn:start"),
        "check": MenuEntry("Check a lab in your account (read-only).", "check:check"),
        "hint": MenuEntry("Show the next hint.", "learn:hint"),
        "solution": MenuEntry("Show the reference solution.", "learn:solution"),
        "clean": MenuEntry("List what a lab left behind and how to remove it.", "clean:clean"),
        "web": MenuEntry("Do labs and study in the browser.", "web:web"),
    },
    "Study": {
        "study": MenuEntry("Review the cards that are due.", "study:study"),
        "progress": MenuEntry("Show your progress.", "progress:app"),
        "next": MenuEntry("Show what to do next.", "progress:next_steps"),
        "decks": MenuEntry("Check, link, export and import decks.", "decks:app"),
    },
    "Setup": {
        "demo": MenuEntry("Play one lab in a temporary sandbox.", "tools:demo"),
        "sandbox": MenuEntry("Run the embedded AWS on this computer.", "sandbox:app"),
        "doctor": MenuEntry("Check credentials, permissions and tools.", "tools:doctor"),
        "policy": MenuEntry("Print the IAM policy that a check needs.", "tools:policy"),
    },
    "Teaching": {
        "workshop": MenuEntry("Check the accounts of many learners.", "workshop.commands:app"),
        "receipt": MenuEntry("Sign and verify verdicts.", "receipts:app"),
        "explain": MenuEntry("Replay a recorded check offline.", "receipts:explain"),
    },
    "Authoring": {
        "packs": MenuEntry("List the installed packs and their errors.", "packs:packs"),
        "new": MenuEntry("Create a lab from a template.", "tools:new"),
        "test": MenuEntry("Test labs in the sandbox or in an AWS account.", "prove:prove"),
    },
}


class CommandGroup(TyperGroup):
    """A group of commands whose help shows each command's whole line."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Writes each command's name and line."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, _line(self.commands[name])) for name in self.list_commands(ctx)])


class Menu(TyperGroup):
    """The commands of `labs`; only the one that is called is imported."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self._places = {name: entry.place for part in MENU.values() for name, entry in part.items()}
        for part in MENU.values():
            for name, entry in part.items():
                self.add_command(TyperCommand(name, short_help=entry.line))

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command with this name and its options; imports its module."""
        if super().get_command(ctx, cmd_name) is None:
            return None
        return _command(cmd_name, self._places[cmd_name])

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - called by typer
        """Writes each command's name and line, in the sections of MENU."""
        width = max(map(len, self._places))
        for title, part in MENU.items():
            with formatter.section(title):
                formatter.write_dl([(f"{name:<{width}}", entry.line) for name, entry in part.items()])

    def shell_complete(self, ctx: Any, incomplete: str) -> Any:
        """Completions: commands that start with `incomplete` (none is imported), or the options."""
        item = completion_item()
        if item is None or incomplete.startswith("-"):
            return super().shell_complete(ctx, incomplete)
        fitting = [name for name in self.commands if name.startswith(incomplete)]
        return [item(name, help=_line(self.commands[name])) for name in fitting]


def _line(command: Any) -> str:
    """The first sentence of its help."""
    return str(command.get_short_help_str(limit=1000))


def new_group(help_: str, cls: type[CommandGroup] = CommandGroup) -> typer.Typer:
    """An empty group of commands."""
    return typer.Typer(cls=cls, help=help_, rich_markup_mode=None, add_completion=False)


@cache
def _command(name: str, place: str) -> Any:
    module, _, attribute = place.partition(":")
    found = getattr(import_module(f"labs.cli.{module}"), attribute)
    if isinstance(found, typer.Typer):
        group = get_command(found)
        group.name = name
        return group
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command(name)(found)
    return get_command(app)
