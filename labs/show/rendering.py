"""Renders untrusted text for a terminal: Markdown, with colours if wanted, without control sequences.

Decks, briefs and tags are untrusted: console markup is not read, raw HTML is shown as text, and control characters
are dropped from what is finally written, wherever they came from.
"""

from __future__ import annotations

from collections.abc import Iterable
from io import StringIO
from typing import TYPE_CHECKING

from labs.content.markdown import plain

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
    from rich.markdown import Markdown
    from rich.text import Text


class Inert:
    """A renderable without its control characters."""

    def __init__(self, what: RenderableType) -> None:
        self.what = what

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from rich.segment import Segment

        for segment in console.render(self.what, options):
            yield Segment(plain(segment.text), segment.style)


def lines(what: Iterable[RenderableType], width: int, *, colour: bool) -> list[str]:
    """Renders everything as lines of at most this width; without colour, without escape sequences."""
    from rich.console import Console
    from rich.theme import Theme

    to = StringIO()
    console = Console(
        file=to,
        width=width,
        force_terminal=colour,
        color_system="standard" if colour else None,
        legacy_windows=False,
        markup=False,
        emoji=False,
        highlight=False,
        theme=Theme({"markdown.code": "bold cyan"}),  # rich's own lays it on black
        _environ={},
    )
    for each in what:
        console.print(Inert(each))
    return [line.rstrip() for line in to.getvalue().split("\n")[:-1]]


def markdown(text: str) -> Markdown:
    """Markdown, with HTML as text; links show their address."""
    from markdown_it import MarkdownIt
    from rich.markdown import Markdown

    shown = Markdown("", code_theme="ansi_dark", hyperlinks=False)
    shown.parsed = (
        MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).parse(plain(text))
    )
    return shown


def words(text: str, style: str = "") -> Text:
    """Plain text, wrapped between words."""
    from rich.text import Text

    return Text(plain(text), style)


def address(text: str) -> Text:
    """A line with an address, which is never wrapped, so that it can be copied from the terminal."""
    from rich.text import Text

    return Text(plain(text).replace("\n", " "), "cyan", no_wrap=True, overflow="ignore")
