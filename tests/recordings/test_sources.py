"""The sources that extensions of the sandbox name exist."""

from __future__ import annotations

import pytest

from labs.sandbox.extend import Extension, counted_sources, extensions
from tests.recordings.recorded import by_read, own, recordings


def test_sources_are_counted() -> None:
    """Each extension has one, and most are no assumption."""
    counted = counted_sources()
    assert counted.total() == len(extensions())
    assert counted["assumed"] < counted["recorded"] < counted["documented"]


@pytest.mark.slow
@pytest.mark.parametrize("extension", extensions(), ids=lambda extension: extension.name)
def test_a_recorded_source_was_recorded(extension: Extension) -> None:
    """An operation that an extension calls recorded has answers to be compared with."""
    source = extension.source
    answers = by_read((*own(), *recordings()))
    match source.kind:
        case "recorded":
            assert source.where in answers
        case "documented":
            assert source.where.startswith("https://docs.aws.amazon.com/")
        case _:
            assert source.where == ""
