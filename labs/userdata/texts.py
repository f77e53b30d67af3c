"""The commands of boot scripts that look for text, decode it or change it in its place."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from labs.userdata.lexer import UNKNOWN

if TYPE_CHECKING:
    from labs.userdata.filesystem import Machine

Result = tuple[str, bool | None]
"""What a command prints, and whether it succeeds: None where that is what it is asked for."""

_SCRIPT = re.compile(
    r"(?P<s>s)(?P<d>[/|#,@])(?P<from>.*?)(?P=d)(?P<to>.*?)(?P=d)(?P<g>g?)|/(?P<drop>[^/]*)/d"
)
_PLAIN = re.compile(r"[\w =.\-^$*/:]*")
"""Expressions that mean the same to sed and to Python."""


def search(shell: Machine, rest: list[str], given: str) -> Result:
    """Whether a pattern is in a text that we know; a plain `-q`, so that nothing of it is printed."""
    options = "".join(option.lstrip("-") for option in rest if option.startswith("-"))
    words = [word for word in rest if not word.startswith("-")]
    if not set(options) <= set("qsFiwE") or "q" not in options or not 1 <= len(words) <= 2:
        return UNKNOWN, None
    text = shell.read(words[1]) if len(words) == 2 else given
    if UNKNOWN in text or not _PLAIN.fullmatch(words[0]) or {"F", "w"} & set(options):
        return "", None
    flags = re.IGNORECASE if "i" in options else 0
    return "", any(re.search(words[0], line, flags) for line in text.splitlines())


def decode(shell: Machine, rest: list[str], given: str) -> Result:
    """`base64 -d` of a text that we know."""
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
    lines = _edited(shell.read(shell.watched).splitlines(keepends=True), script)
    shell.write(shell.watched, "".join(lines), append=False)
    return "", True


def _edited(lines: list[str], script: re.Match[str]) -> Iterator[str]:
    new = script["to"]
    for line in lines:
        body = line.removesuffix("\n")
        if script["s"]:
            yield (
                re.sub(script["from"], lambda _: new, body, count=0 if script["g"] else 1) + line[len(body) :]
            )
        elif not re.search(script["drop"], body):
            yield line
