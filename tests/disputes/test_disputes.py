"""Verdicts that were disputed, or could well be: each record is replayed, and must give what was settled.

A record comes here by `labs explain RECORD --test tests/disputes --expect OBJECTIVE=STATE`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from labs.aws.read_only_guard import read_only_guard
from labs.content.pack import open_catalog
from labs.verify.recording import differences, read, replay

RECORDS = sorted(Path(__file__).parent.glob("*.json"))


def test_there_are_records() -> None:
    assert RECORDS


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem)
def test_a_settled_verdict_stays_settled(path: Path) -> None:
    kept = read(path)
    with read_only_guard():
        verdict = replay(kept, open_catalog())
    assert differences(kept, verdict) == []
