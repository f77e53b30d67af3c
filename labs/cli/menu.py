"""The commands by name, as `labs --help` lists them; each is imported when it is called, for a quick start."""

from __future__ import annotations

from importlib import import_module
from typing import Any, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from labs.cli.typer_internals import completion_item, convert_without_pydantic

convert_without_pydantic()


class MenuEntry(NamedTuple):
    """A command's line in the help, and its place in `labs.cli`: a function, or the app of a group."""

    line: str
    place: str


MENU: dict[str, dict[str, MenuEntry]] = {
    "Do a lab": {
        "list": MenuEntry("What there is, in the order of learning, and how far you are.", "learn:list_labs"),
        "show": MenuEntry("The brief: what to build, under which names, at what cost.", "learn:show"),
        "start": MenuEntry("Begin an attempt; its names are remembered.", "learn:start"),
        "check": MenuEntry("Look into your account, read-only, and say what holds.", "check:check"),
        "hint": MenuEntry("The next hint, for what the last check saw.", "learn:hint"),
        "solution": MenuEntry("The reference commands, after a confirmation.", "learn:solution"),
        "clean": MenuEntry("What the lab left behind, and what removes it.", "clean:clean"),
        "web": MenuEntry("All of it in the browser: the learner's desk.", "web:web"),
    },
    "Remember it": {
        "study": MenuEntry("Recall cards when they are due.", "study:study"),
        "progress": MenuEntry("What is known, practised and due.", "progress:app"),
        "next": MenuEntry("What to do next, the best first.", "progress:next_steps"),
        "decks": MenuEntry("Read, check and exchange decks.", "decks:app"),
    },
    "Get ready": {
        "demo": MenuEntry("Show the whole loop in a sandbox of its own.", "tools:demo"),
        "sandbox": MenuEntry("The embedded AWS, for those without an account.", "sandbox:app"),
        "doctor": MenuEntry("Say what works of credentials, account and tools.", "tools:doctor"),
        "policy": MenuEntry("Print the least IAM policy that a check needs.", "tools:policy"),
    },
    "Teach and prove": {
        "workshop": MenuEntry("Look into many learners' accounts at once.", "workshop.commands:app"),
        "receipt": MenuEntry("Sign verdicts, and verify what others signed.", "receipts:app"),
        "explain": MenuEntry("Judge a recorded check again, offline.", "receipts:explain"),
    },
    "Write labs": {
        "packs": MenuEntry("List the installed packs, and what is wrong with them.", "packs:packs"),
        "new": MenuEntry("Begin a lab: brief, hints, check, solution, mistakes.", "tools:new"),
        "test": MenuEntry("Prove labs from both sides, in the sandbox or in an account.", "prove:prove"),
    },
}


class Group(TyperGroup):
    """A group of commands whose help shows each command's whole line."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Writes the names and their lines."""
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
        """The command of this name with its options; imports its module."""
        if super().get_command(ctx, cmd_name) is None:
            return None
        return _command(cmd_name, self._places[cmd_name])

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - called by typer
        """Writes the names and their lines, by what they are for."""
        width = max(map(len, self._places))
        for title, part in MENU.items():
            with formatter.section(title):
                formatter.write_dl([(f"{name:<{width}}", entry.line) for name, entry in part.items()])

    def shell_complete(self, ctx: Any, incomplete: str) -> Any:
        """The commands that start with this, none of them imported; or else the options."""
        item = completion_item()
        if item is None or incomplete.startswith("-"):
            return super().shell_complete(ctx, incomplete)
        fitting = [name for name in self.commands if name.startswith(incomplete)]
        return [item(name, help=_line(self.commands[name])) for name in fitting]


def _line(command: Any) -> str:
    """The first sentence of its help."""
    return str(command.get_short_help_str(limit=1000))


def new_group(help_: str, cls: type[Group] = Group) -> typer.Typer:
    """A group of commands without commands."""
    return typer.Typer(cls=cls, help=help_, rich_markup_mode=None, add_completion=False)


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
