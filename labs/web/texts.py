"""Markdown as HTML: raw HTML becomes text, pictures become links, code blocks get a copy button."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from labs.content.markdown import plain

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markupsafe import Markup


MAX_UNBROKEN = 28
"""Length of the longest word that is kept whole where there is room for it."""


def prose(text: str) -> Markup:
    """Markdown as HTML; of untrusted content, only text and links remain."""
    from markupsafe import Markup

    return Markup(_parser().render(plain(text)))  # noqa: S704 - markdown-it escapes all that it is given


def line(text: str) -> Markup:
    """One line of Markdown as HTML: emphasis, code and links, without a paragraph."""
    from markupsafe import Markup

    return Markup(_parser().renderInline(" ".join(plain(text).split())))  # noqa: S704 - as above


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    parser.add_render_rule("fence", _code)
    parser.add_render_rule("code_block", _code)
    parser.add_render_rule("image", _image)
    parser.add_render_rule("heading_open", lambda _, tokens, index, *__: f"<h{_level(tokens[index])}>")
    parser.add_render_rule("heading_close", lambda _, tokens, index, *__: f"</h{_level(tokens[index])}>\n")
    parser.add_render_rule("text", _text)
    parser.add_render_rule("code_inline", _code_inline)
    parser.add_render_rule("table_open", lambda *_: '<div class="rows-wrap"><table class="rows">')
    parser.add_render_rule("table_close", lambda *_: "</table></div>")
    return parser


def _level(token: Any) -> int:
    """The level of a heading, one below the page's own."""
    return min(int(token.tag[1]) + 1, 6)


def whole(text: str) -> Markup:
    """Text in which names like labs-web and eu-west-1 do not break at their hyphens."""
    from markupsafe import Markup

    return Markup(_words(plain(text)))  # noqa: S704 - it is escaped


def _words(text: str) -> str:
    from markupsafe import escape

    return re.sub(r"\S+", lambda found: _word(found[0]), str(escape(text)))


def _word(word: str) -> str:
    if len(word) > MAX_UNBROKEN:
        return re.sub("(?<=[/:])", "<wbr>", word)
    return f'<span class="w">{word}</span>' if re.search(r"\w[-/]\w", word) else word


def _text(_: Any, tokens: Any, index: int, *__: Any) -> str:
    return _words(tokens[index].content)


def _code_inline(_: Any, tokens: Any, index: int, *__: Any) -> str:
    return f"<code>{_words(tokens[index].content)}</code>"


def _code(_: Any, tokens: Any, index: int, *__: Any) -> str:
    from markupsafe import escape

    code = escape(tokens[index].content.rstrip("\n"))
    button = '<button type="button" data-copy>Copy</button>'
    kind = "copy long" if "\n" in code else "copy"
    return f'<div class="{kind}"><pre tabindex="0">{code}</pre>{button}</div>\n'


def _image(_: Any, tokens: Any, index: int, *__: Any) -> str:
    from markupsafe import escape

    url, alt = str(tokens[index].attrs.get("src", "")), tokens[index].content or "image"
    if not re.match(r"https?://", url):
        return str(escape(f"[{alt}]"))
    return f'<a href="{escape(url)}" rel="noreferrer">{escape(alt)} (image)</a>'


def ago(much: timedelta) -> str:
    """A duration as "... ago", in one unit."""
    minutes = int(much.total_seconds() // 60)
    if minutes < 1:
        return "just now"
    if minutes < 60:
        return f"{minutes} min ago"
    if minutes < 48 * 60:
        return f"{minutes // 60} h ago"
    return f"{minutes // (24 * 60)} days ago"


def span(much: timedelta) -> str:
    """A duration as text."""
    minutes = int(much.total_seconds() // 60)
    if minutes < 1:
        return "less than a minute"
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h {minutes % 60} min"
    return f"{minutes // (24 * 60)} days"


def money(amount: float) -> str:
    """An amount of US dollars."""
    return f"${amount:.2f}" if amount >= 0.005 or not amount else f"${amount:.4f}"
