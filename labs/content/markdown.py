"""The parts of a question or answer: comments, pictures, counts, list items, and the id of the question.

The text is untrusted Markdown that is matched by patterns, not rendered. Code is skipped: a comment, a picture
or a `(3)` between backticks is an example.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache

import msgspec

_PICTURE = "\0"
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_TOKEN = re.compile(
    r"""
    (?P<fence> ^[ \t]*+(?P<bar>`{3,}+(?=[^\n`]*+$)|~{3,}+)[^\n]*+$ .*? (?: ^[ \t]*+(?P=bar)[`~]*+[ \t]*+$ | \Z ) )
  | (?P<code> (?<![`\\])(?P<ticks>`++) (?>(?: [^`\n]++ | \n(?![ \t]*+\n) | (?!(?P=ticks)(?!`))`++ )*) (?P=ticks) )
  | <!-- (?P<html> (?:(?!<!--).)*? ) -->
  | ^[ ]{0,3}\[//\]:[ ]*+(?:<>|\#)[ ]*+[("'] (?P<line> [^\n]*) [)"'][ \t]*+$
  | !\[(?P<alt>[^\[\]]*+)\]\(
        [ \t]*+(?: <(?P<pointed>[^<>\n]*+)> | (?P<bare>[^\s()]*+(?>(?:\([^\s()]*+\)[^\s()]*+)*)) )
        (?>(?: \s++(?:"[^"]*+"|'[^']*+') )?) [ \t]*+\)
  | (?P<img> <img\b[^<>]*+> )
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE | re.IGNORECASE,
)
"""Without backtracking: a deck is untrusted, so every text must take about linear time.

Groups are atomic: Python before 3.11.5 matches possessive ones wrongly (github.com/python/cpython/issues/106052).
"""
_COUNT = re.compile(r"(?<!\])\(([0-9]{1,2})\)")
_MARKED = re.compile(r"\s*(?:labs|id)\s*:", re.IGNORECASE)
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_LINK = re.compile(r"([a-z][a-z0-9-]*)(?:#([a-z][a-z0-9-]*))?")
_ITEM = re.compile(r"(?P<indent> *)(?P<marker>[-*+]|[0-9]{1,9}[.)])(?: +|$)(?P<text>.*)")
_RULE = re.compile(r" *([-*_])(?: *\1){2,} *")
_BULLET = re.compile(r"(?:^|(?<=\s))[•‣▪●](?=[\s\w])")
_NUMBERED = re.compile(r"\(([0-9]{1,2})\)")


class Image(msgspec.Struct, frozen=True):
    """A picture: `![alt](url)` or `<img src="url" alt="alt">`."""

    alt: str
    url: str


class Link(msgspec.Struct, frozen=True):
    """A lab that practises a card, and its objective if one is named: `ecs-placement#spread`."""

    lab: str
    objective: str | None = None


class Marks(msgspec.Struct, frozen=True):
    """The directives in the comments of a question, and those that could not be understood."""

    id: str | None = None
    links: tuple[Link, ...] = ()
    faults: tuple[str, ...] = ()


class Listing(msgspec.Struct, frozen=True):
    """The top-level items of an answer, each as its first paragraph; `ordered` if Markdown numbers all of them."""

    items: tuple[str, ...] = ()
    ordered: bool = False


def plain(text: str) -> str:
    """The text without control characters (except newline and tab) and bidirectional controls."""
    return _CONTROL.sub("", text)


def comments(text: str) -> Iterator[str]:
    """The contents of each `<!-- ... -->`, `[//]: # (...)` and `[//]: <> (...)`, in order."""
    for found in _TOKEN.finditer(text):
        body = _comment(found)
        if body is not None:
            yield body


def without_comments(text: str) -> str:
    """The text without comments and without blank lines around it."""
    seen = _TOKEN.sub(lambda found: found[0] if _comment(found) is None else "", text)
    return re.sub(r"\A(?:[ \t]*\n)+", "", seen).rstrip()


def images(text: str) -> tuple[Image, ...]:
    """The pictures in a text, in order."""
    return tuple(image for found in _TOKEN.finditer(text) if (image := _image(found)))


def replace_images(text: str, by: Callable[[Image], str]) -> str:
    """The text with each picture replaced by the result of `by`."""

    def put(found: re.Match[str]) -> str:
        image = _image(found)
        return found[0] if image is None else by(image)

    return _TOKEN.sub(put, text)


def prose(text: str) -> str:
    """The text without code, comments and pictures."""
    return _TOKEN.sub(" ", text)


def counts(question: str) -> tuple[int, ...]:
    """The numbers of answers that a question asks for: `(3)`, but not `(3, one is old)`, `(2 options)` or `(2019)`."""
    return tuple(int(digits) for digits in _COUNT.findall(prose(question)) if int(digits))


@lru_cache(maxsize=4096)
def normalise(question: str) -> str:
    """The letters and digits of a question, ignoring case, width, punctuation and the position of pictures.

    Counts are kept: "Explain ... (3)" and "Explain ... (5)" are two cards.
    """
    text = replace_images(without_comments(question), lambda image: image.alt)
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold()))


def card_id(question: str) -> str:
    """The id in a comment of the question, or else 15 hex digits of the SHA-256 of the normalised question."""
    import hashlib  # loads OpenSSL: 3 to 7 ms, a tenth of a completion

    return (
        marks(question).id or hashlib.sha256(normalise(question).encode("utf-8", "replace")).hexdigest()[:15]
    )


def marks(question: str) -> Marks:
    """The directives in comments such as `<!-- labs: ecs-placement#spread; id: spread -->`; others are hidden."""
    ids: list[str] = []
    links: list[Link] = []
    faults: list[str] = []
    for body in filter(_MARKED.match, comments(question)):
        for key, value in _pairs(body):
            if key == "id" and _ID.fullmatch(value):
                ids.append(value)
            elif key == "labs" and (found := _links(value)):
                links += found
            else:
                faults.append(f"{key}: {value}" if value else key)
    faults += [f"id: {other}, after id: {ids[0]}" for other in ids[1:]]
    return Marks(ids[0] if ids else None, tuple(links), tuple(map(plain, faults)))


@lru_cache(maxsize=4096)
def listing(answer: str) -> Listing:
    """The items of an answer: its Markdown list, else its `•` lines, else numbered prose (`(1) ... (2) ...`)."""
    text = _TOKEN.sub(_for_listing, plain(answer)).expandtabs(4)
    items = list(_list_items(text.split("\n")))
    if items:
        return Listing(
            _tidy(" ".join(words) for _, words in items),
            ordered=all(marker[0].isdigit() for marker, _ in items),
        )
    return Listing(_bullets(text) or _numbered(text))


def _comment(found: re.Match[str]) -> str | None:
    return found["html"] if found["html"] is not None else found["line"]


def _image(found: re.Match[str]) -> Image | None:
    if found["alt"] is not None:
        return Image(found["alt"].strip(), found["pointed"] or found["bare"] or "")
    if found["img"] is not None:
        return Image(_attribute(found["img"], "alt"), _attribute(found["img"], "src"))
    return None


def _attribute(tag: str, name: str) -> str:
    found = re.search(rf"""\s{name}\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"']+))""", tag, re.IGNORECASE)
    return next(filter(None, found.groups()), "").strip() if found else ""


def _pairs(body: str) -> Iterator[tuple[str, str]]:
    for part in filter(str.strip, body.split(";")):
        key, _, value = part.partition(":")
        yield key.strip().casefold(), value.strip()


def _links(value: str) -> list[Link]:
    """The links in `a, b#c`; empty if one of them is malformed."""
    found = [_LINK.fullmatch(word) for word in re.split(r"[,\s]+", value)]
    return [Link(link[1], link[2]) for link in found if link] if all(found) else []


def _for_listing(found: re.Match[str]) -> str:
    """A fence ends a paragraph as a blank line does; a picture stands in it, though it has no words."""
    return _PICTURE if _image(found) else found["code"] or ""


def _list_items(lines: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Marker and words of each top-level item; a marker at or right of the item's text starts a nested one."""
    content = 0
    words: list[str] | None = None
    for line in lines:
        found = None if _RULE.fullmatch(line) else _ITEM.fullmatch(line)
        indent = len(line) - len(line.lstrip(" "))
        if found and indent < (content or 4):
            gap = found.start("text") - found.end("marker")
            content = found.end("marker") + (gap if 1 <= gap <= 4 else 1)
            words = [found["text"].strip()]
            yield found["marker"], words
        elif found or not line.strip():
            words = None
        elif words is not None:
            words.append(line.strip())
        elif indent < content:
            content = 0


def _bullets(text: str) -> tuple[str, ...]:
    return _tidy(_BULLET.split(text)[1:])


def _numbered(text: str) -> tuple[str, ...]:
    _, *parts = _NUMBERED.split(text)
    in_order = parts[::2] == [str(number) for number in range(1, len(parts) // 2 + 1)]
    return _tidy(parts[1::2]) if in_order and len(parts) > 2 else ()


def _tidy(items: Iterable[str]) -> tuple[str, ...]:
    return tuple(" ".join(item.replace(_PICTURE, " ").split()).rstrip(",;") or "(no words)" for item in items)
