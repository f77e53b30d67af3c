"""Converts the HTML of an Anki field to Markdown that contains no separators of a deck."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from labs.content import deck_parser
from labs.content.markdown import plain
from labs.errors import ContentError, Fault

_GUARDED = re.compile(r"^(\s*)(?=(?:-{3,}|={3,})\s*$|\[//\]:)")
_FENCE = re.compile(r"^([ \t]*)(?=`{3}|~{3})", re.MULTILINE)
_TAG = re.compile(r"<(?=[A-Za-z/!?]|$)")
MAX_LISTS = 50
"""How deep the lists of a field may be nested."""
_EMPTY_LINES = re.compile(r"\n{3,}")
_MARKS = {"b": "**", "strong": "**", "i": "*", "em": "*", "s": "~~", "del": "~~"}
_BLOCKS = {"div", "p", "table", "tr", "blockquote", "section", "h1", "h2", "h3", "h4", "h5", "h6"}
_HIDDEN = {"script", "style", "head", "title"}


def to_markdown(html: str) -> str:
    """A field as Markdown: paragraphs, lists, emphasis, code, links and pictures; everything else as text.

    Control characters are removed, because a deck may be printed to a terminal.
    """
    parser = _Field()
    parser.feed(html)
    parser.close()
    return contained(_EMPTY_LINES.sub("\n\n", plain(parser.text())).strip())


class _Field(HTMLParser):
    """An HTML parser that collects pieces of Markdown."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self.lists: list[str] = []
        self.links: list[str] = []
        self.hidden = 0
        self.code: list[str] | None = None
        self.block = False

    def text(self) -> str:
        self._end_code()
        return "".join(self.pieces)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in _HIDDEN:
            self.hidden += 1
        elif self.code is not None:
            self.code.append("\n" if tag in ("br", "div", "p") else "")
        elif tag in ("pre", "code"):
            self.code, self.block = [], tag == "pre"
        elif tag == "img":
            self.pieces.append(f"![{_inline(given.get('alt', 'image'))}](<{_address(given.get('src', ''))}>)")
        elif tag == "a":
            self.links.append(given.get("href", ""))
            self.pieces.append("[")
        elif tag in ("ul", "ol") and len(self.lists) == MAX_LISTS:
            raise ContentError(Fault("a field of a note", f"its lists are nested deeper than {MAX_LISTS}"))
        elif tag in ("ul", "ol"):
            self.lists.append("- " if tag == "ul" else "1. ")
            self.pieces.append("" if len(self.lists) > 1 else "\n\n")
        elif tag == "li":
            self.pieces.append(
                "\n" + "    " * (len(self.lists) - 1) + (self.lists[-1] if self.lists else "- ")
            )
        elif tag in ("br", "tr") or (tag in _BLOCKS and not tag.startswith("h")):
            self._break()
        else:
            self.pieces.append(_opening(tag))

    def handle_endtag(self, tag: str) -> None:
        if tag in _HIDDEN:
            self.hidden = max(0, self.hidden - 1)
        elif tag == ("pre" if self.block else "code"):
            self._end_code()
        elif self.code is not None:
            return
        elif tag == "a" and self.links:
            self.pieces.append(f"](<{_address(self.links.pop())}>)")
        elif tag in ("ul", "ol") and self.lists:
            self.lists.pop()
            self.pieces.append("\n\n" if not self.lists else "")
        elif tag in ("td", "th"):
            self.pieces.append(" | ")
        elif tag in _BLOCKS:
            self.pieces.append("" if self.lists else "\n")
        else:
            self.pieces.append(_MARKS.get(tag, ""))

    def handle_data(self, data: str) -> None:
        text = data.replace("\r\n", "\n").replace("\r", "\n")
        if self.hidden:
            return
        if self.code is not None:
            self.code.append(text)
        elif text.strip() or "\n" not in text:
            self.pieces.append(_TAG.sub("&lt;", text))

    def _break(self) -> None:
        """Adds a line break; within a list item an indented one, but none directly after the bullet."""
        if not self.lists:
            self.pieces.append("\n")
        elif not "".join(self.pieces[-1:]).endswith((" - ", "\n- ", "1. ")):
            self.pieces.append("\n" + "    " * len(self.lists))

    def _end_code(self) -> None:
        if self.code is None:
            return
        text, self.code = "".join(self.code), None
        self.pieces.append(_fenced(text) if self.block else _code(text))


def _opening(tag: str) -> str:
    if tag == "hr":
        return "\n\n* * *\n\n"
    if re.fullmatch("h[1-6]", tag):
        return "\n\n" + "#" * int(tag[1]) + " "
    return _MARKS.get(tag, "")


def _inline(text: str) -> str:
    return re.sub(r"[\[\]\n<>`]", " ", text)


def _address(url: str) -> str:
    return re.sub(r"[<>\s]", lambda found: f"%{ord(found[0]):02X}", url)


def _ticks(text: str, least: int) -> str:
    return "`" * max([least, *(len(run) + 1 for run in re.findall("`+", text))])


def _code(text: str) -> str:
    ticks = _ticks(text, 1)
    return f"{ticks}{' '.join(text.split())}{ticks}" if text.strip() else ""


def _fenced(text: str) -> str:
    ticks = _ticks(text, 3)
    return f"\n\n{ticks}\n{text.strip(chr(10))}\n{ticks}\n\n"


def contained(markdown: str) -> str:
    """The text with separators, comments and open code fences of the deck format escaped."""
    lines, unclosed = deck_parser.scan(markdown.encode("utf-8", "replace"))
    if unclosed is not None:
        lines, _ = deck_parser.scan(_FENCE.sub(r"\1\\", markdown).encode("utf-8", "replace"))
    return "\n".join(line.text if line.fenced else _GUARDED.sub(r"\1\\", line.text) for line in lines)
