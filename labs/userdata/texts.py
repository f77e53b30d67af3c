"""The commands of boot scripts that look for text, decode it or change it in its place."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from labs.userdata.syntax import UNKNOWN

if TYPE_CHECKING:
    from labs.userdata.filesystem import Machine

Result = tuple[str, bool | None]
"""The output of a command, and whether it succeeds: None if that is unknown."""

_SCRIPT = re.compile(
    r"(?P<s>s)(?P<d>[/|#,@])(?P<from>.*?)(?P=d)(?P<to>.*?)(?P=d)(?P<g>g?)|/(?P<drop>[^/]*)/d"
)
_PLAIN = re.compile(r"[\w =.\-^$*/:]*")
"""Expressions that mean the same to sed and to Python."""


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


def search(shell: Machine, rest: list[str], given: str) -> Result:
    """`grep -q` of a known text: whether a line matches the pattern, or with -x is matched as a whole."""
    options = {letter for option in rest if option.startswith("-") for letter in option.lstrip("-")}
    words = [word for word in rest if not word.startswith("-")]
    if not options <= set("qsFiwEx") or "q" not in options or not 1 <= len(words) <= 2:
        return UNKNOWN, None
    pattern, text = words[0], shell.read(words[1]) if len(words) == 2 else given
    if UNKNOWN in pattern or "w" in options or ("F" not in options and not _PLAIN.fullmatch(pattern)):
        return "", None
    expression = re.escape(pattern) if "F" in options else pattern
    matches = re.compile(expression, re.IGNORECASE if "i" in options else 0)
    lines = text.splitlines()
    _spend_search(shell, pattern, lines)
    found = [matches.fullmatch(line) if "x" in options else matches.search(line) for line in lines]
    if any(match for match, line in zip(found, lines, strict=True) if UNKNOWN not in line):
        return "", True
    return "", None if UNKNOWN in text else False


def _spend_search(shell: Machine, pattern: str, lines: list[str]) -> None:
    """Counts the steps that a search may take at worst: each repetition may try every place of a line."""
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


def edit(shell: Machine, rest: list[str], _given: str) -> Result:
    """`sed -i` of the watched file, by an expression that means the same to Python."""
    names = [name for name in rest if not name.startswith("-")]
    if not any(re.match(r"-\w*i|--in-place", option) for option in rest):
        return UNKNOWN, True
    if shell.watched not in map(shell.path, names[1:]):
        for name in names[1:]:
            shell.write(name, UNKNOWN, append=False)
        return "", True
    script = _SCRIPT.fullmatch(names[0])
    wanted = script and (script["drop"] if script["s"] is None else script["from"])
    if script is None or not _PLAIN.fullmatch(wanted or "") or re.search(r"[&\\]", script["to"] or ""):
        shell.trouble("what sed does to it is not clear")
        return "", True
    before = shell.read(shell.watched).splitlines(keepends=True)
    _spend_search(shell, wanted or "", before)
    lines = _edited(before, script)
    shell.write(shell.watched, "".join(lines), append=False)
    return "", True


def _edited(lines: list[str], script: re.Match[str]) -> Iterator[str]:
    new = script["to"]
    for line in lines:
        body = line.removesuffix("\n")
        if body.endswith(f"={UNKNOWN}"):
            yield line
        elif script["s"]:
            yield (
                re.sub(script["from"], lambda _: new, body, count=0 if script["g"] else 1) + line[len(body) :]
            )
        elif not re.search(script["drop"], body):
            yield line
