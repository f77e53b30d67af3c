"""`sed` in boot scripts, for expressions that have the same meaning in Python."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from labs.userdata.config import UNKNOWN
from labs.userdata.filesystem import Result
from labs.userdata.texts import is_plain, spend_search

if TYPE_CHECKING:
    from labs.userdata.filesystem import Machine

_EXPRESSION = re.compile(
    r"(?:/(?P<at>[^/]*)/)?s(?P<d>[/|#,@])(?P<from>.*?)(?P=d)(?P<to>.*?)(?P=d)(?P<g>g?)"
    r"|/(?P<drop>[^/]*)/d|\$ ?a(?: |\\ ?|(?=\w))(?P<add>[^\\\n]*)|1 ?i(?: |\\ ?|(?=\w))(?P<put>[^\\\n]*)"
)


def edit(shell: Machine, rest: list[str], given: str) -> Result:
    """`sed -i` of files, or `sed` of its input."""
    texts, names = _arguments(rest)
    expressions = [_EXPRESSION.fullmatch(each) for text in texts for each in _commands(text)]
    known = [each for each in expressions if each and _is_plain(each)]
    clear = len(known) == len(expressions) > 0 and not any(re.match(r"-\w*n|--quiet", each) for each in rest)
    if not any(re.match(r"-\w*i|--in-place", option) for option in rest):
        text = "".join(map(shell.read, names)) if names else given
        return (_edited(shell, text, known) if clear and UNKNOWN not in text else UNKNOWN), True
    for name in names:
        if shell.path(name) != shell.watched:
            shell.write(name, UNKNOWN, append=False)
        elif clear:
            shell.write(name, _edited(shell, shell.read(name), known), append=False)
        else:
            shell.trouble("what sed does to it is not clear")
    return "", True


def _arguments(rest: list[str]) -> tuple[list[str], list[str]]:
    """The sed scripts and file names among the arguments."""
    texts: list[str] = []
    names: list[str] = []
    waiting = list(rest)
    while waiting:
        word = waiting.pop(0)
        if word in ("-e", "--expression") and waiting:
            texts.append(waiting.pop(0))
        elif not word.startswith("-"):
            names.append(word)
    return (texts, names) if texts else (names[:1], names[1:])


def _commands(text: str) -> list[str]:
    """The commands of one script, separated by semicolons, which must not occur within a command."""
    parts = [part.strip() for part in re.split(r"[;\n]", text)]
    return parts if all(_EXPRESSION.fullmatch(part) for part in parts) else [text]


def _is_plain(expression: re.Match[str]) -> bool:
    patterns = [expression[name] or "" for name in ("at", "from", "drop")]
    return all(map(is_plain, patterns)) and not re.search(r"[&\\]", expression["to"] or "")


def _edited(shell: Machine, text: str, expressions: list[re.Match[str]]) -> str:
    for expression in expressions:
        lines = text.splitlines(keepends=True)
        for name in ("at", "from", "drop"):
            spend_search(shell, expression[name] or "", lines)
        text = "".join(_by_one(lines, expression))
    return shell.budget.spend_text(text)


def _by_one(lines: list[str], expression: re.Match[str]) -> Iterator[str]:
    for line in lines:
        body = line.removesuffix("\n")
        end = line[len(body) :]
        if expression["add"] is not None and line is lines[-1]:
            yield f"{body}\n{expression['add']}{end}"
        elif expression["put"] is not None and line is lines[0]:
            yield f"{expression['put']}\n{line}"
        elif expression["add"] is not None or expression["put"] is not None or body.endswith(f"={UNKNOWN}"):
            yield line
        elif expression["from"] is not None:
            chosen = expression["at"] is None or re.search(expression["at"], body)
            yield (_replaced(expression, body) if chosen else body) + end
        elif UNKNOWN in body.partition("=")[0] or not re.search(expression["drop"], body):
            yield line


def _replaced(expression: re.Match[str], body: str) -> str:
    new = expression["to"]
    return re.sub(expression["from"], lambda _: new, body, count=0 if expression["g"] else 1)
