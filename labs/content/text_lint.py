"""Checks the style of what a learner reads: words to avoid, long sentences and commands in hints, unclear titles.

Only for packs with a list of words (`labs.sdk.Pack.words`): other authors have another style, or another language.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from labs.content.lab import Lab
from labs.sdk import Pack

HINTS = 3
"""The levels of a hint: the idea, the concept and the place to look, and nearly the answer."""
MAX_WORDS = 25
"""Maximum number of words in a sentence of a hint."""

_SERVICES = "ec2|ecr|ecs|iam|efs|elbv2|autoscaling|application-autoscaling|cloudwatch|logs|ssm|s3|sts"
COMMAND = re.compile(rf"\baws (?:{_SERVICES}) |(?<![\w-])--[a-z]")
"""A call of the AWS CLI, or an option."""
_PRONOUN = re.compile(r"(It|Its|They|Both|By|That|Each)\b")
_COMMENT = re.compile(r"^\s*# (.*)$", re.MULTILINE)
_SENTENCE_END = re.compile(r"[.?!](?:\s|$)")


@dataclass(frozen=True, slots=True)
class AvoidedWord:
    """A pattern that texts avoid, and what to write instead."""

    pattern: re.Pattern[str]
    instead: str


@cache
def words_of(pack: Pack) -> tuple[AvoidedWord, ...]:
    """The words that the texts of a pack avoid; none for a pack without a list."""
    lines = pack.words.read_text("utf-8").splitlines() if pack.words else []
    pairs = (line.partition("\t") for line in lines if line and not line.startswith("#"))
    return tuple(
        AvoidedWord(re.compile(pattern, re.IGNORECASE | re.MULTILINE), instead)
        for pattern, _, instead in pairs
    )


def lint_lab(lab: Lab, pack: Pack) -> Iterator[str]:
    """Faults in the texts of a lab, the comments of its scripts, and the messages of its check."""
    words = words_of(pack)
    for place, text in _texts(lab):
        yield from _avoided(place, text, words)
    for goal in lab.task.objectives:
        yield from _of_hints(goal.id, goal.hints)
        if _PRONOUN.match(goal.title):
            yield f"title of {goal.id}: start with the resource, because titles are read alone"
    yield from lint_module(pack.checks / f"{lab.folder.name.replace('-', '_')}.py", pack)


def lint_module(module: Path, pack: Pack) -> Iterator[str]:
    """Faults in the messages of a module of checks: its strings, without docstrings."""
    for line, text in _strings(ast.parse(module.read_text("utf-8"))):
        yield from _avoided(f"{module.name}:{line}", text, words_of(pack))


def _texts(lab: Lab) -> Iterator[tuple[str, str]]:
    task = lab.task
    yield "brief.md", lab.brief
    yield "title", task.title
    yield "cost", task.cost.what
    for goal in task.objectives:
        yield f"title of {goal.id}", goal.title
        yield from ((f"hint {level} of {goal.id}", hint) for level, hint in enumerate(goal.hints, 1))
    yield from ((f"about {name}", text) for name, text in task.about.items())
    yield from ((f"mistake {name}", mistake.what) for name, mistake in task.mistakes.items())
    yield from (("correction", card.correction.text) for card in task.cards if card.correction)
    for script in sorted(lab.folder.rglob("*.sh")):
        comments = _COMMENT.findall(script.read_text("utf-8"))
        yield str(script.relative_to(lab.folder)), "\n".join(comments)


def _of_hints(objective: str, hints: Sequence[str]) -> Iterator[str]:
    if len(hints) != HINTS:
        yield f"hints of {objective}: there are {len(hints)} levels, not {HINTS}"
    for level, hint in enumerate(hints, 1):
        place = f"hint {level} of {objective}"
        if COMMAND.search(hint):
            yield f"{place}: it has a command"
        longest = max(len(sentence.split()) for sentence in _SENTENCE_END.split(hint))
        if longest > MAX_WORDS:
            yield f"{place}: a sentence has {longest} words, more than {MAX_WORDS}"


def avoided(text: str, words: Sequence[AvoidedWord]) -> Iterator[tuple[str, str]]:
    """The words in a text that are avoided, each with what to write instead."""
    for word in words:
        if found := word.pattern.search(text):
            yield found.group(), word.instead


def _avoided(place: str, text: str, words: Sequence[AvoidedWord]) -> Iterator[str]:
    yield from (f"{place}: {found!r}: write {instead}" for found, instead in avoided(text, words))


def _strings(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """The strings of a module, `{}` for what is filled in; docstrings and the parts of f-strings left out."""
    passed = {
        id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values
    } | {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield node.lineno, "".join(_part(part) for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in passed:
            yield node.lineno, node.value


def _part(node: ast.expr) -> str:
    return str(node.value) if isinstance(node, ast.Constant) else "{}"
