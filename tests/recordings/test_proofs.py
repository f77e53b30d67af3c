"""Records of `labs test --account --record` in the folder of the recordings replay to the verdicts that they hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from labs.aws.read_only_guard import read_only_guard
from labs.content.pack import open_catalog
from labs.verify import recording
from tests.recordings.recorded import folder, records

NAMED = folder()
FILES = records(NAMED) if NAMED else []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_recorded_check_gives_the_same_verdict(file: Path) -> None:
    """No answer makes a check inconclusive that judged it when it was recorded."""
    kept = recording.read(file)
    with read_only_guard():
        assert recording.differences(kept, recording.replay(kept, open_catalog())) == []
