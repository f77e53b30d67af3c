"""Splits a shell script into words and operators, with quotes, comments, continued lines and here-documents."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from labs.errors import NotUnderstood

UNKNOWN = "\0"
"""Stands in a text for a stretch that we cannot know, such as the output of a command."""


_ESCAPES = {
    "n": "\n",
    "t": "\t",
    "r": "\r",
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "v": "\v",
    "e": "\x1b",
    "\\": "\\",
}
_ANSI = re.compile(r"\$'((?:[^'\\]|\\.)*)'", re.DOTALL)
_ESCAPE = re.compile(r"\\(0?[0-7]{1,3}|x[0-9a-fA-F]{1,2}|.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a word: `expands` unless it stood in single quotes, `splits` where it stood in none."""

    text: str
    expands: bool = True
    splits: bool = False


@dataclass(frozen=True, slots=True)
class Token:
    """A word with its parts, or an operator with its sign; a here-document's operator has its body as parts."""

    sign: str = ""
    parts: tuple[Part, ...] = ()

    @property
    def raw(self) -> str:
        """The word as it was written, without its quotes."""
        return "".join(part.text for part in self.parts)

    @property
    def plain(self) -> str:
        """The word, if it is one without quotes, which is what a reserved word is."""
        return self.raw if not self.sign and all(part.splits for part in self.parts) else ""


SIGNS = (
    "&>>",
    "<<<",
    "<<-",
    "&&",
    "||",
    ";;",
    "&>",
    "|&",
    "<<",
    ">>",
    ">|",
    ">&",
    "<&",
    "&",
    "|",
    ";",
    "<",
    ">",
    "(",
    ")",
)
REDIRECTS = {"&>>", "<<<", "<<-", "<<", "&>", ">>", ">|", ">&", "<&", "<", ">"}
_BLANK = re.compile(r"(?:[ \t]|\\\n)+")
_COMMENT = re.compile(r"#[^\n]*")
_BARE = re.compile(r"[^\s\\'\"$`&|;<>()]+")
_NAME = re.compile(r"\$(?:[A-Za-z_]\w*|[0-9?$!#@*-])")
_DOUBLE = re.compile(r"[^\"\\$`]+")


def tokens(script: str) -> list[Token]:
    """The words and operators of a script, in order. Raises NotUnderstood."""
    return list(_Lexer(script).run())


def closing(text: str, start: int) -> int:
    """Where the bracket that opens at `start` is closed, past quotes and brackets inside."""
    opens, closes = text[start], {"(": ")", "{": "}"}[text[start]]
    depth, at = 0, start
    while at < len(text):
        char = text[at]
        if char == "\\":
            at += 1
        elif char in "'\"":
            at = _quote_end(text, at)
        else:
            depth += (char == opens) - (char == closes)
            if depth == 0:
                return at
        at += 1
    raise NotUnderstood(f"a {opens} that is never closed")


def _quote_end(text: str, start: int) -> int:
    at = start + 1
    while at < len(text) and text[at] != text[start]:
        at += 2 if text[at] == "\\" and text[start] == '"' else 1
    if at >= len(text):
        raise NotUnderstood("a quotation mark that is never closed")
    return at


def unescaped(text: str) -> str:
    """A text with the signs that its backslashes stand for, as `echo -e` and printf print it."""

    def one(found: re.Match[str]) -> str:
        code = found[1]
        if code[0] in "01234567":
            return chr(int(code, 8))
        if code[0] == "x" and len(code) > 1:
            return chr(int(code[1:], 16))
        return _ESCAPES.get(code, found[0])

    return _ESCAPE.sub(one, text)


@dataclass(slots=True)
class _Lexer:
    text: str
    at: int = 0
    waiting: list[tuple[str, Token]] = field(default_factory=list)
    """Here-documents whose bodies begin after this line."""

    def run(self) -> Iterator[Token]:
        read: list[Token] = []
        while self.at < len(self.text):
            if found := _BLANK.match(self.text, self.at) or _COMMENT.match(self.text, self.at):
                self.at = found.end()
            elif self.text[self.at] == "\n":
                self.at += 1
                read.append(Token("\n"))
                self._read_bodies(read)
            else:
                read += self._operator() or [self._word()]
        self._read_bodies(read)
        return iter(read)

    def _operator(self) -> list[Token]:
        number = re.compile(r"\d+(?=[<>])").match(self.text, self.at)
        start = number.end() if number else self.at
        sign = next((sign for sign in SIGNS if self.text.startswith(sign, start)), None)
        if sign is None or self.text.startswith((">(", "<("), start):
            return []
        self.at = start + len(sign)
        token = Token((number[0] if number else "") + sign)
        if sign in ("<<", "<<-"):
            return [token, self._delimiter(sign)]
        return [token]

    def _delimiter(self, sign: str) -> Token:
        """The word that ends a here-document, which waits for the end of the line to be read."""
        if found := _BLANK.match(self.text, self.at):
            self.at = found.end()
        word = self._word()
        self.waiting.append((sign, word))
        return word

    def _read_bodies(self, read: list[Token]) -> None:
        """Puts the bodies of here-documents in the place of the words that end them."""
        for sign, word in self.waiting:
            quoted = not word.plain
            body = self._body(word.raw, strip=sign == "<<-")
            if not quoted:
                body = body.replace(
                    '\\"', '\\\\"'
                )  # in a here-document a backslash does not protect this sign
            place = next(i for i in range(len(read) - 1, -1, -1) if read[i] is word)
            read[place] = Token(parts=(Part(body, expands=not quoted),))
        self.waiting.clear()

    def _body(self, end: str, *, strip: bool) -> str:
        lines: list[str] = []
        while self.at < len(self.text):
            line, _, _ = self.text[self.at :].partition("\n")
            self.at += len(line) + 1
            line = line.lstrip("\t") if strip else line
            if line == end:
                break
            lines.append(line + "\n")
        return "".join(lines)

    def _word(self) -> Token:
        parts: list[Part] = []
        start = self.at
        while self.at < len(self.text):
            part = self._part()
            if part is None:
                break
            parts.append(part)
        if self.at == start:
            raise NotUnderstood(f"an unexpected {self.text[start]!r}")
        return Token(parts=tuple(parts))

    def _part(self) -> Part | None:
        """The next stretch of the word; None at its end."""
        char = self.text[self.at]
        if char == "'":
            return self._single_quoted()
        if char == '"':
            return self._double_quoted()
        if char == "\\":
            self.at += 2
            after = self.text[self.at - 1 : self.at]
            return Part("" if after == "\n" else after, expands=False)
        if found := _ANSI.match(self.text, self.at):
            self.at = found.end()
            return Part(unescaped(found[1].replace("\\'", "'")), expands=False)
        if char in "$`":
            return Part(self._expansion(), splits=True)
        if self.text.startswith((">(", "<("), self.at):
            end = closing(self.text, self.at + 1)
            text = self.text[self.at : end + 1]
            self.at = end + 1
            return Part(text, splits=True)
        found = _BARE.match(self.text, self.at)
        if found:
            self.at = found.end()
            return Part(found[0], expands=False, splits=True)
        return None

    def _single_quoted(self) -> Part:
        end = _quote_end(self.text, self.at)
        text = self.text[self.at + 1 : end]
        self.at = end + 1
        return Part(text, expands=False)

    def _double_quoted(self) -> Part:
        """What stands in double quotes: a backslash before a sign that it protects stays, for the expansion."""
        end = self.at + 1
        while end < len(self.text) and self.text[end] != '"':
            if self.text[end] == "\\":
                end += 1
            elif self.text.startswith("$(", end):
                end = closing(self.text, end + 1)
            end += 1
        if end >= len(self.text):
            raise NotUnderstood("a quotation mark that is never closed")
        text = self.text[self.at + 1 : end]
        self.at = end + 1
        return Part(text)

    def _expansion(self) -> str:
        start = self.at
        if self.text.startswith(("$(", "${"), start):
            self.at = closing(self.text, start + 1) + 1
        elif self.text[start] == "`":
            end = self.text.find("`", start + 1)
            if end < 0:
                raise NotUnderstood("a backquote that is never closed")
            self.at = end + 1
        else:
            found = _NAME.match(self.text, start)
            self.at = found.end() if found else start + 1
        return self.text[start : self.at]
