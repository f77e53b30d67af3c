"""Recorded answers of AWS pass the guard, and every reader of the checks copes with them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from labs.aws.faults import reason
from tests.recordings.playing import answering, parsed, shape_of
from tests.recordings.readers import READERS
from tests.recordings.recorded import Recorded, by_read, own, recordings

CHECKS = Path(__file__).parents[2] / "checks"
BY_READ = by_read((*own(), *recordings()))
DEFAULTS = {read: answers[0] for read, answers in by_read(own()).items()}
"""An account's answers where nothing else is asked about."""
ACTIONS = {"ecr:BatchGetImage", "ecr:BatchCheckLayerAvailability"}
"""Rights that shared readers name and do not ask for themselves."""


@pytest.mark.parametrize("read", sorted(BY_READ))
def test_recorded_answers_are_let_through(read: str) -> None:
    """None is refused or called malformed, and nothing of it is lost."""
    for recorded in BY_READ[read]:
        if recorded.ok:
            assert [*_lost(recorded.data, parsed(recorded), shape_of(read))] == [], recorded.name


def _lost(sent: Any, got: Any, shape: Any, path: str = "") -> Iterator[str]:
    """The keys of what was sent that are not in what was got, of those that botocore knows."""
    match shape.type_name, sent:
        case "structure", dict():
            for name in sent.keys() & shape.members.keys():
                if name in got:
                    yield from _lost(sent[name], got[name], shape.members[name], f"{path}.{name}")
                elif sent[name] is not None:
                    yield f"{path}.{name}"
        case "list", list():
            for one, other in zip(sent, got, strict=True):
                yield from _lost(one, other, shape.member, f"{path}[]")


@pytest.mark.slow
@pytest.mark.parametrize("read", sorted(READERS))
def test_readers_cope_with_recorded_answers(read: str) -> None:
    """No reader breaks on one, and none cannot tell for its shape."""
    for recorded in BY_READ[read]:
        _run(recorded)


def _run(recorded: Recorded) -> None:
    data = recorded.data if recorded.ok else DEFAULTS[recorded.read].data
    with answering({**DEFAULTS, recorded.read: recorded}) as (account, context):
        try:
            _use(READERS[recorded.read](account, data))
        except Exception as error:  # noqa: BLE001 - what a check raises is reported in the runner's words
            message = reason(error, context.allowed).text
            assert not re.match("malformed answer|The check failed with an internal error", message), (
                f"{recorded.name}: {message}"
            )
    assert context.refused == []


def _use(found: Any) -> None:
    """Runs a reader to its end."""
    if isinstance(found, Iterator):
        for each in found:
            _use(each)


def test_every_operation_of_the_shared_readers_has_a_reader_here() -> None:
    """An operation that a new reader asks for is held against recordings too."""
    asked = {
        node.value
        for file in CHECKS.glob("_*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in DEFAULTS
    } - ACTIONS
    assert asked
    assert asked <= READERS.keys()
