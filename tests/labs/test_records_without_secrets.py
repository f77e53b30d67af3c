"""A record of any lab holds none of the secrets that learners leave in what it looks at, and replays all the same."""

from __future__ import annotations

import base64
import re
from concurrent.futures import Future
from datetime import UTC, datetime

import msgspec

from labs.aws.read_only_guard import read_only_guard
from labs.content.pack import open_catalog
from labs.verify import recording
from labs.verify.job import Job
from labs.verify.runner import verify
from tests.aws import instant_retries
from tests.labs.recording import replaying
from tests.labs.states import LabState
from tests.planted_secrets import KINDS, plant

AT = datetime(2026, 5, 4, tzinfo=UTC)


def test_no_planted_secret_is_in_a_record(solved: LabState) -> None:
    assert KINDS >= 30
    session = solved.first.again()
    job = Job(solved.lab, solved.verifier)
    with replaying(solved.recording), instant_retries():
        verify([job], session, alone=True)
    for question, promised in session.scope.answers.items():
        if not promised.exception():
            http, parsed = promised.result()
            session.scope.answers[question] = planted = Future()
            planted.set_result((http, plant(parsed)))
    session.scope.remembered.clear()
    verdict = verify([job], session, alone=True)
    kept = recording.record([job], session, verdict, document={}, at=AT, version="1")
    text = msgspec.json.encode(kept).decode()
    assert "planted" not in (text + _decoded(text)).lower()
    with read_only_guard():
        assert recording.differences(kept, recording.replay(kept, open_catalog())) == []


def _decoded(text: str) -> str:
    """The texts in base64 in it; a path may look like base64, and is read as far as it can be."""
    found: list[str] = re.findall(r"[A-Za-z0-9+/]{40,}", text)
    whole = (each[: len(each) // 4 * 4] for each in found)
    return "".join(base64.b64decode(each).decode("utf-8", "replace") for each in whole)
