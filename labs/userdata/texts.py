"""The commands of boot scripts that print, search, decode or compare text."""

from __future__ import annotations

import base64
import posixpath
import re
from typing import TYPE_CHECKING

from labs.userdata.config import UNKNOWN
from labs.userdata.filesystem import Result

if TYPE_CHECKING:
    from labs.userdata.filesystem import Machine

_PLAIN = re.compile(r"(?!\^?\*)\^?(?:[\w =.\-/:#,;@%~\"']\*?)*\$?")


def is_plain(pattern: str) -> bool:
    """Whether a pattern has the same meaning in grep and sed as in Python."""
    return _PLAIN.fullmatch(pattern) is not None


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
_ESCAPE = re.compile(r"\\(0?[0-7]{1,3}|x[0-9a-fA-F]{1,2}|.)", re.DOTALL)


def unescaped(text: str) -> str:
    """A text with its backslash sequences replaced, as `echo -e` and printf print it."""

    def one(found: re.Match[str]) -> str:
        code = found[1]
        if code[0] in "01234567":
            return chr(int(code, 8))
        if code[0] == "x" and len(code) > 1:
            return chr(int(code[1:], 16))
        return _ESCAPES.get(code, found[0])

    return _ESCAPE.sub(one, text)


def _before_end(text: str) -> str | None:
    r"""The part of a text before `\c`, which ends the output of `echo -e`; None if there is none."""
    ends = (found.start() for found in _ESCAPE.finditer(text) if found[1] == "c")
    return next((unescaped(text[:end]) for end in ends), None)


def echo(_: Machine, rest: list[str], _given: str) -> Result:
    """`echo -ne`: its arguments, with backslash sequences replaced."""
    end, escapes = "\n", False
    while rest and re.fullmatch("-[neE]+", rest[0]):
        option = rest.pop(0)
        end = "" if "n" in option else end
        escapes = option.rfind("e") > option.rfind("E") if set("eE") & set(option) else escapes
    text = " ".join(rest)
    if escapes and (cut := _before_end(text)) is not None:
        return cut, True
    return (unescaped(text) if escapes else text) + end, True


def print_formatted(shell: Machine, rest: list[str], _given: str) -> Result:
    """`printf FORMAT VALUE...`; the format is repeated while there are values."""
    if rest[:1] == ["--"]:
        rest.pop(0)
    name = rest[1] if rest[:1] == ["-v"] and len(rest) > 2 else ""
    rest = rest[2:] if name else rest
    if not rest:
        return "", True
    pattern, values = rest[0], rest[1:]
    out, before = "", len(values) + 1
    while not out or len(values) < before:
        before = len(values)
        out += shell.budget.spend_text(_formatted(pattern, values))
        if not values:
            break
    if name:
        shell.variables[name] = out
    return ("" if name else out), True


def _formatted(pattern: str, values: list[str]) -> str:
    """One pass over a format, which consumes values."""

    def one(found: re.Match[str]) -> str:
        if found[0] == "%%":
            return "%"
        value = values.pop(0) if values else ""
        if found[0] in ("%s", "%d", "%i"):
            return value
        known = found[0] == "%b" and _before_end(value) is None
        return unescaped(value) if known else UNKNOWN

    # A value's own backslashes stay, so the format is unescaped between its places and not after filling them.
    pieces = re.split(r"(%%|%[-+ #0]*\d*(?:\.\d+)?[a-zA-Z])", pattern)
    return "".join(
        re.sub(r"(?s).+", one, piece) if at % 2 else unescaped(piece) for at, piece in enumerate(pieces)
    )


def search(shell: Machine, rest: list[str], given: str) -> Result:
    """`grep` in a known text: the lines that match a pattern, as a whole with -x, and the other lines with -v."""
    options = {letter for option in rest if option.startswith("-") for letter in option.lstrip("-")}
    words = [word for word in rest if not word.startswith("-")]
    if not options <= set("qsFiwExv") or not 1 <= len(words) <= 2:
        return UNKNOWN, None
    pattern, text = words[0], shell.read(words[1]) if len(words) == 2 else given
    if UNKNOWN in pattern or "w" in options or ("F" not in options and not is_plain(pattern)):
        return "" if "q" in options else UNKNOWN, None
    expression = re.escape(pattern) if "F" in options else pattern
    matches = re.compile(expression, re.IGNORECASE if "i" in options else 0)
    lines = text.splitlines()
    spend_search(shell, pattern, lines)
    found = [
        line
        for line in lines
        if bool(matches.fullmatch(line) if "x" in options else matches.search(line)) is ("v" not in options)
    ]
    sure = any(UNKNOWN not in line for line in found)
    printed = "".join(f"{line}\n" for line in found) if UNKNOWN not in text else UNKNOWN
    return "" if "q" in options else printed, sure or (None if UNKNOWN in text else False)


def spend_search(shell: Machine, pattern: str, lines: list[str]) -> None:
    """Counts the steps of a search in the worst case: each repetition may try every position in a line."""
    stars = pattern.count("*")
    for line in lines:
        shell.budget.spend(1 + len(line) ** (stars + 1) // 10_000)


def decode(shell: Machine, rest: list[str], given: str) -> Result:
    """`base64 -d` of a known text."""
    names = [word for word in rest if not word.startswith("-")]
    text = shell.read(names[0]) if names else given
    if not {"-d", "-D", "--decode", "-di"} & set(rest) or UNKNOWN in text:
        return UNKNOWN, True
    try:
        return base64.b64decode("".join(text.split()), validate=True).decode(), True
    except ValueError:
        return UNKNOWN, True


def folder_of(_: Machine, rest: list[str], _given: str) -> Result:
    """`dirname PATH`."""
    return (f"{posixpath.dirname(rest[0].rstrip('/')) or '.'}\n" if len(rest) == 1 else UNKNOWN), True


_COMPARISONS = {"=", "==", "!="}


def decide(shell: Machine, rest: list[str], _given: str) -> Result:
    """`[ ... ]`: a comparison of known texts, or the existence of a file that the script wrote; else unknown."""
    words = rest[:-1] if rest[-1:] in (["]"], ["]]"]) else rest
    negated = words[:1] == ["!"] and len(words) > 1
    found = _holds(shell, words[1:] if negated else words)
    return "", found if found is None or not negated else not found


def _holds(shell: Machine, words: list[str]) -> bool | None:
    if UNKNOWN in "".join(words):
        return None
    match words:
        case ["-n" | "-z" as operator, text]:
            return bool(text) is (operator == "-n")
        case ["-e" | "-f" | "-s" as operator, path] if shell.path(path) in shell.files:
            text = shell.files[shell.path(path)]
            if text and all(UNKNOWN in line for line in text.splitlines()):
                return None  # perhaps only one of several branches wrote it
            return bool(text) if operator == "-s" else True
        case [left, operator, right] if operator in _COMPARISONS and not re.search(r"[*?\[]", right):
            return (left == right) is (operator != "!=")
    return None
