"""The commands by name, as `labs --help` tells them; each is imported when it is called, for a quick start."""

from __future__ import annotations

from importlib import import_module
from typing import Any, NamedTuple

import typer
from typer._click.shell_completion import CompletionItem
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command, get_group


class Entry(NamedTuple):
    """A command's line in the help, and where in `labs.cli` it is: a function, or the app of a group."""

    line: str
    where: str


MENU: dict[str, dict[str, Entry]] = {
    "Do a lab": {
        "list": Entry("What there is, in the order of learning, and how far you are.", "learn:list_labs"),
        "show": Entry("The brief: what to build, under which names, at what cost.", "learn:show"),
        "start": Entry("Begin an attempt; its names are remembered.", "learn:start"),
        "check": Entry("Look into your account, read-only, and say what holds.", "check:check"),
        "hint": Entry("The next hint, for what the last check saw.", "learn:hint"),
        "solution": Entry("The reference commands, after a confirmation.", "learn:solution"),
        "clean": Entry("What the lab left behind, and what removes it.", "learn:clean"),
    },
    "Remember it": {
        "study": Entry("Recall cards when they are due.", "study:study"),
        "progress": Entry("What is known, practised and due.", "progress:app"),
        "next": Entry("What to do next, the best first.", "progress:following"),
        "decks": Entry("Read, check and exchange decks.", "decks:app"),
    },
    "Get ready": {
        "demo": Entry("Show the whole loop in a sandbox of its own.", "tools:demo"),
        "sandbox": Entry("The embedded AWS, for those without an account.", "sandbox:app"),
        "doctor": Entry("Say what works of credentials, account and tools.", "tools:doctor"),
        "policy": Entry("Print the least IAM policy that a check needs.", "tools:policy"),
    },
    "Teach and prove": {
        "workshop": Entry("Look into many learners' accounts at once.", "workshop.commands:app"),
        "receipt": Entry("Sign verdicts, and verify what others signed.", "receipts:app"),
        "explain": Entry("Judge a recorded check again, offline.", "receipts:explain"),
    },
    "Write labs": {
        "new": Entry("Begin a lab: brief, hints, check, solution, mistakes.", "tools:new"),
        "test": Entry("Prove labs in the sandbox, from both sides.", "tools:prove"),
    },
}


class Group(TyperGroup):
    """A group of commands whose help tells the line of each to its end."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Writes the names and their lines."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, _line(self.commands[name])) for name in self.list_commands(ctx)])


class Menu(TyperGroup):
    """The commands of `labs`: of those that are not called, it knows the names and the lines only."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self._where = {name: entry.where for part in MENU.values() for name, entry in part.items()}
        for part in MENU.values():
            for name, entry in part.items():
                self.add_command(TyperCommand(name, short_help=entry.line))

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of this name with its options; imports its module."""
        if super().get_command(ctx, cmd_name) is None:
            return None
        return _command(cmd_name, self._where[cmd_name])

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - called by typer
        """Writes the names and their lines, by what they are for."""
        widest = max(map(len, self._where))
        for title, part in MENU.items():
            with formatter.section(title):
                formatter.write_dl([(f"{name:<{widest}}", entry.line) for name, entry in part.items()])

    def shell_complete(self, ctx: Any, incomplete: str) -> Any:
        """The commands that begin like this, none of them imported; or else the options."""
        if incomplete.startswith("-"):
            return super().shell_complete(ctx, incomplete)
        fitting = [name for name in self.commands if name.startswith(incomplete)]
        return [CompletionItem(name, help=_line(self.commands[name])) for name in fitting]


def _line(command: Any) -> str:
    """The first sentence of what it says of itself."""
    return str(command.get_short_help_str(limit=1000))


def _command(name: str, where: str) -> Any:
    module, _, attribute = where.partition(":")
    found = getattr(import_module(f"labs.cli.{module}"), attribute)
    if isinstance(found, typer.Typer):
        group = get_group(found)
        group.name = name
        return group
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command(name)(found)
    return get_command(app)
