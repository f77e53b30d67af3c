"""The sandbox answers in AWS's words: its keys and enumerated values are those of recorded answers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.labs.recording import changed
from tests.labs.states import LabStates, lab_ids
from tests.recordings.comparing import Seen, always_but_never, other_words
from tests.recordings.playing import shape_of
from tests.recordings.recorded import by_read, own, recordings

pytestmark = [pytest.mark.xdist_group("sandbox words"), pytest.mark.slow, pytest.mark.process]


@pytest.fixture(scope="module")
def sandbox(lab_states: LabStates) -> dict[str, Seen]:
    """What the sandbox answers to the labs, solved, by operation."""
    seen: dict[str, Seen] = {}

    def see(read: str, answer: dict[str, Any], shape: Any) -> dict[str, Any]:
        if shape is not None:
            seen.setdefault(read, Seen()).add(answer, shape)
        return answer

    with changed(see):
        for lab in lab_ids():
            lab_states.state(lab, "right").run()
    return seen


def aws(answers: Any) -> dict[str, Seen]:
    """What AWS answered, by operation."""
    found: dict[str, Seen] = {}
    for read, recorded in by_read(answers).items():
        for each in recorded:
            if each.ok:
                found.setdefault(read, Seen()).add(each.data, shape_of(read))
    return found


def test_the_sandbox_sends_what_aws_always_sends(sandbox: dict[str, Seen]) -> None:
    """No key that is in every recorded answer is in none of the sandbox's."""
    real = aws(recordings() or own())
    lacking = {
        read: sorted(always_but_never(real[read], sandbox[read])) for read in real.keys() & sandbox.keys()
    }
    assert {read: keys for read, keys in lacking.items() if keys} == {}


@pytest.mark.skipif(not recordings(), reason="what AWS never sends, a few hand-made answers cannot tell")
def test_the_sandbox_sends_nothing_that_aws_never_sends(sandbox: dict[str, Seen]) -> None:
    """No key that is in each of the sandbox's answers is in none of AWS's."""
    real = aws((*own(), *recordings()))
    more = {
        read: sorted(always_but_never(sandbox[read], real[read])) for read in real.keys() & sandbox.keys()
    }
    assert {read: keys for read, keys in more.items() if keys} == {}


def test_the_sandbox_says_the_words_of_aws(sandbox: dict[str, Seen]) -> None:
    """Where AWS says other words than botocore's model lists, so does the sandbox; else one of the model's."""
    real = aws((*own(), *recordings()))
    strange = {read: other_words(real.get(read, Seen()), seen) for read, seen in sandbox.items()}
    assert {read: words for read, words in strange.items() if words} == {}
